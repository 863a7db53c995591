// What a person may allow the agent in one project's repository. Without a row of the person, nothing of this is allowed.

export const GIT_PERMISSIONS = ['push-default', 'force', 'delete', 'merge'] as const;
export type GitPermission = (typeof GIT_PERMISSIONS)[number];
