// The changes of a pull request, as their page shows them.

/** `patch`: as git writes it. `comments`: for the release before, whose page counts them. */
export type Diff = {
  id: string;
  project: string;
  number: number | null;
  title: string;
  url: string | null;
  patch: string;
  isCut: boolean;
  comments: number;
  createdAt: number;
};
