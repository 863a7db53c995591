// The schema of the mutations that gh sends, and of those that change branches without a push.

type Mutation = { name: string; input: string; payload: string };

const LIST: readonly Mutation[] = [
  {
    name: 'createPullRequest',
    input:
      'repositoryId: ID! baseRefName: String! headRefName: String! headRepositoryId: ID title: String! body: String draft: Boolean maintainerCanModify: Boolean',
    payload: 'pullRequest: PullRequest',
  },
  {
    name: 'updatePullRequest',
    input:
      'pullRequestId: ID! baseRefName: String title: String body: String state: PullRequestUpdateState maintainerCanModify: Boolean assigneeIds: [ID!] milestoneId: ID labelIds: [ID!] projectIds: [ID!]',
    payload: 'pullRequest: PullRequest',
  },
  {
    name: 'mergePullRequest',
    input:
      'pullRequestId: ID! commitHeadline: String commitBody: String expectedHeadOid: GitObjectID mergeMethod: PullRequestMergeMethod authorEmail: String',
    payload: 'pullRequest: PullRequest actor: Actor',
  },
  {
    name: 'enablePullRequestAutoMerge',
    input:
      'pullRequestId: ID! commitHeadline: String commitBody: String mergeMethod: PullRequestMergeMethod authorEmail: String expectedHeadOid: GitObjectID',
    payload: 'pullRequest: PullRequest',
  },
  { name: 'closePullRequest', input: 'pullRequestId: ID!', payload: 'pullRequest: PullRequest' },
  { name: 'reopenPullRequest', input: 'pullRequestId: ID!', payload: 'pullRequest: PullRequest' },
  { name: 'markPullRequestReadyForReview', input: 'pullRequestId: ID!', payload: 'pullRequest: PullRequest' },
  { name: 'convertPullRequestToDraft', input: 'pullRequestId: ID!', payload: 'pullRequest: PullRequest' },
  {
    name: 'requestReviews',
    input: 'pullRequestId: ID! userIds: [ID!] teamIds: [ID!] union: Boolean',
    payload: 'pullRequest: PullRequest',
  },
  {
    name: 'addPullRequestReview',
    input:
      'pullRequestId: ID! commitOID: GitObjectID body: String event: PullRequestReviewEvent comments: [DraftPullRequestReviewComment]',
    payload: 'pullRequestReview: PullRequestReview',
  },
  {
    name: 'addComment',
    input: 'subjectId: ID! body: String!',
    payload: 'commentEdge: IssueCommentEdge subject: Node',
  },
  {
    name: 'createIssue',
    input:
      'repositoryId: ID! title: String! body: String assigneeIds: [ID!] labelIds: [ID!] milestoneId: ID projectIds: [ID!] issueTemplate: String',
    payload: 'issue: Issue',
  },
  {
    name: 'updateIssue',
    input:
      'id: ID! title: String body: String assigneeIds: [ID!] labelIds: [ID!] milestoneId: ID state: IssueState projectIds: [ID!]',
    payload: 'issue: Issue',
  },
  { name: 'closeIssue', input: 'issueId: ID! stateReason: IssueClosedStateReason', payload: 'issue: Issue' },
  { name: 'reopenIssue', input: 'issueId: ID!', payload: 'issue: Issue' },
  { name: 'addLabelsToLabelable', input: 'labelableId: ID! labelIds: [ID!]!', payload: 'labelable: Node' },
  { name: 'removeLabelsFromLabelable', input: 'labelableId: ID! labelIds: [ID!]!', payload: 'labelable: Node' },
  { name: 'createRef', input: 'repositoryId: ID! name: String! oid: GitObjectID!', payload: 'ref: Ref' },
  { name: 'updateRef', input: 'refId: ID! oid: GitObjectID! force: Boolean', payload: 'ref: Ref' },
  { name: 'deleteRef', input: 'refId: ID!', payload: '' },
];

export const MUTATIONS = `
enum PullRequestUpdateState { OPEN CLOSED }
enum PullRequestReviewEvent { COMMENT APPROVE REQUEST_CHANGES DISMISS }
enum IssueClosedStateReason { COMPLETED NOT_PLANNED }
input DraftPullRequestReviewComment { path: String! position: Int! body: String! }
type IssueCommentEdge { cursor: String! node: IssueComment }
${LIST.map(
  ({ name, input, payload }) => `
input ${pascal(name)}Input { ${input} clientMutationId: String }
type ${pascal(name)}Payload { ${payload} clientMutationId: String }`,
).join('\n')}
type Mutation {
${LIST.map(({ name }) => `  ${name}(input: ${pascal(name)}Input!): ${pascal(name)}Payload`).join('\n')}
}
`;

function pascal(name: string): string {
  return `${name[0]?.toUpperCase()}${name.slice(1)}`;
}
