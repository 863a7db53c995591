import type { DiffLine } from '../../git/unified-diff.ts';

// The changes of a pull request, as their page shows them, and comments on their lines.

/** `patch`: as git writes it. `comments`: how many were sent from the page. */
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

/** `number`: of the pull request, or null. Words of the repository are as a person can see them. */
export type LineComment = {
  project: string;
  number: number | null;
  path: string;
  line: number;
  kind: DiffLine['kind'];
  code: string;
  text: string;
};
