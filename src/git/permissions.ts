// What a person may allow the agent in one project's repository. Without a row of the person, nothing of this is allowed.

export const GIT_PERMISSIONS = ['push-default', 'force', 'delete', 'merge'] as const;
export type GitPermission = (typeof GIT_PERMISSIONS)[number];

/** The rule in the person's grants: `git:force`. */
export const ruleOf = (permission: GitPermission): string => `git:${permission}`;

export const permissionOf = (rule: string): GitPermission | null =>
  GIT_PERMISSIONS.find((permission) => ruleOf(permission) === rule) ?? null;
