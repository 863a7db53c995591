import { buildSchema } from 'graphql';
import { MUTATIONS } from './schema-mutations.ts';

// The part of GitHub's GraphQL schema that gh asks for, with its names and its nullability.

const CONNECTIONS: readonly (readonly [string, string])[] = [
  ['PullRequestConnection', 'PullRequest'],
  ['IssueConnection', 'Issue'],
  ['IssueCommentConnection', 'IssueComment'],
  ['PullRequestReviewConnection', 'PullRequestReview'],
  ['PullRequestChangedFileConnection', 'PullRequestChangedFile'],
  ['PullRequestCommitConnection', 'PullRequestCommit'],
  ['ReviewRequestConnection', 'ReviewRequest'],
  ['UserConnection', 'User'],
  ['LabelConnection', 'Label'],
  ['RefConnection', 'Ref'],
  ['RepositoryConnection', 'Repository'],
  ['MilestoneConnection', 'Milestone'],
  ['GitActorConnection', 'GitActor'],
  ['ProjectCardConnection', 'ProjectCard'],
  ['ProjectV2ItemConnection', 'ProjectV2Item'],
  ['ProjectV2Connection', 'ProjectV2'],
  ['ProjectConnection', 'Project'],
  ['TeamConnection', 'Team'],
  ['LanguageConnection', 'Language'],
  ['RepositoryTopicConnection', 'RepositoryTopic'],
  ['ReleaseConnection', 'Release'],
  ['CommitHistoryConnection', 'Commit'],
  ['PullRequestReviewCommentConnection', 'PullRequestReviewComment'],
];

const connections = CONNECTIONS.map(
  ([name, node]) => `
type ${name} { nodes: [${node}] edges: [${node}Edge${name}] pageInfo: PageInfo! totalCount: Int! }
type ${node}Edge${name} { cursor: String! node: ${node} }`,
).join('\n');

const PAGE = 'first: Int, last: Int, after: String, before: String';

const SDL = `
scalar DateTime
scalar URI
scalar GitObjectID
scalar HTML

interface Node { id: ID! }
interface Actor { login: String! url: URI! avatarUrl: URI! resourcePath: URI! }
interface RepositoryOwner {
  id: ID! login: String! url: URI!
  repositories(${PAGE}, privacy: RepositoryPrivacy, isFork: Boolean, ownerAffiliations: [RepositoryAffiliation], orderBy: RepositoryOrder): RepositoryConnection!
}
interface ProfileOwner { id: ID! login: String! name: String }
interface GitObject { id: ID! oid: GitObjectID! abbreviatedOid: String! }

type PageInfo { hasNextPage: Boolean! hasPreviousPage: Boolean! startCursor: String endCursor: String }
type RateLimit { limit: Int! cost: Int! remaining: Int! resetAt: DateTime! used: Int! }

type User implements Node & Actor & RepositoryOwner & ProfileOwner {
  id: ID! databaseId: Int login: String! name: String email: String! url: URI! avatarUrl: URI! resourcePath: URI!
  organizations(${PAGE}): UserConnection!
  repositories(${PAGE}, privacy: RepositoryPrivacy, isFork: Boolean, ownerAffiliations: [RepositoryAffiliation], orderBy: RepositoryOrder): RepositoryConnection!
  projectsV2(${PAGE}, query: String): ProjectV2Connection!
}
type Bot implements Node & Actor { id: ID! databaseId: Int login: String! url: URI! avatarUrl: URI! resourcePath: URI! }
type Mannequin implements Node & Actor { id: ID! login: String! url: URI! avatarUrl: URI! resourcePath: URI! }
type Organization implements Node & Actor & RepositoryOwner & ProfileOwner {
  id: ID! databaseId: Int login: String! name: String url: URI! avatarUrl: URI! resourcePath: URI!
  repositories(${PAGE}, privacy: RepositoryPrivacy, isFork: Boolean, ownerAffiliations: [RepositoryAffiliation], orderBy: RepositoryOrder): RepositoryConnection!
  teams(${PAGE}, orderBy: TeamOrder, query: String): TeamConnection!
  projects(${PAGE}, states: [ProjectState!]): ProjectConnection!
  projectsV2(${PAGE}, query: String): ProjectV2Connection!
}
type Team implements Node { id: ID! name: String! slug: String! organization: Organization! }
enum RepositoryPrivacy { PUBLIC PRIVATE }
enum RepositoryAffiliation { OWNER COLLABORATOR ORGANIZATION_MEMBER }
enum RepositoryOrderField { CREATED_AT UPDATED_AT PUSHED_AT NAME STARGAZERS }
input RepositoryOrder { field: RepositoryOrderField! direction: OrderDirection! }
input TeamOrder { field: TeamOrderField! direction: OrderDirection! }
enum TeamOrderField { NAME }
enum ProjectState { OPEN CLOSED }

enum RepositoryPermission { ADMIN MAINTAIN WRITE TRIAGE READ }
enum RepositoryVisibility { PRIVATE PUBLIC INTERNAL }
enum MergeCommitMethod { MERGE SQUASH REBASE }
type Repository implements Node {
  id: ID! databaseId: Int name: String! nameWithOwner: String! owner: RepositoryOwner! url: URI! sshUrl: String! description: String
  homepageUrl: URI openGraphImageUrl: URI! usesCustomOpenGraphImage: Boolean! mirrorUrl: URI securityPolicyUrl: URI
  parent: Repository templateRepository: Repository
  createdAt: DateTime! pushedAt: DateTime updatedAt: DateTime!
  isBlankIssuesEnabled: Boolean! isSecurityPolicyEnabled: Boolean hasIssuesEnabled: Boolean! hasProjectsEnabled: Boolean!
  hasWikiEnabled: Boolean! hasDiscussionsEnabled: Boolean! mergeCommitAllowed: Boolean! squashMergeAllowed: Boolean!
  rebaseMergeAllowed: Boolean! autoMergeAllowed: Boolean! deleteBranchOnMerge: Boolean! forkCount: Int! stargazerCount: Int!
  watchers(${PAGE}): UserConnection! codeOfConduct: CodeOfConduct contactLinks: [RepositoryContactLink!]
  fundingLinks: [FundingLink!]! diskUsage: Int
  isArchived: Boolean! isEmpty: Boolean! isFork: Boolean! isInOrganization: Boolean! isMirror: Boolean! isPrivate: Boolean!
  isTemplate: Boolean! isUserConfigurationRepository: Boolean! licenseInfo: License visibility: RepositoryVisibility!
  viewerCanAdminister: Boolean! viewerDefaultCommitEmail: String viewerDefaultMergeMethod: MergeCommitMethod!
  viewerHasStarred: Boolean! viewerPermission: RepositoryPermission viewerPossibleCommitEmails: [String!]
  viewerSubscription: String issueTemplates: [IssueTemplate!] pullRequestTemplates: [PullRequestTemplate!]
  primaryLanguage: Language languages(${PAGE}): LanguageConnection repositoryTopics(${PAGE}): RepositoryTopicConnection!
  latestRelease: Release releases(${PAGE}, orderBy: ReleaseOrder): ReleaseConnection!
  defaultBranchRef: Ref
  ref(qualifiedName: String!): Ref
  refs(refPrefix: String!, query: String, ${PAGE}): RefConnection
  object(oid: GitObjectID, expression: String): GitObject
  pullRequest(number: Int!): PullRequest
  pullRequests(${PAGE}, states: [PullRequestState!], headRefName: String, baseRefName: String, labels: [String!], orderBy: IssueOrder): PullRequestConnection!
  issue(number: Int!): Issue
  issues(${PAGE}, states: [IssueState!], labels: [String!], orderBy: IssueOrder, filterBy: IssueFilters): IssueConnection!
  issueOrPullRequest(number: Int!): IssueOrPullRequest
  assignableUsers(${PAGE}, query: String): UserConnection!
  mentionableUsers(${PAGE}, query: String): UserConnection!
  labels(${PAGE}, orderBy: LabelOrder, query: String): LabelConnection
  label(name: String!): Label
  milestones(${PAGE}, states: [MilestoneState!], orderBy: MilestoneOrder, query: String): MilestoneConnection
  projects(${PAGE}, states: [ProjectState!], orderBy: ProjectOrder): ProjectConnection!
  projectsV2(${PAGE}, orderBy: ProjectV2Order, query: String): ProjectV2Connection!
}
type CodeOfConduct { key: String! name: String! url: URI }
type RepositoryContactLink { about: String! name: String! url: URI! }
type FundingLink { platform: String! url: URI! }
type License { key: String! name: String! nickname: String spdxId: String }
type Language { name: String! color: String }
type Topic { name: String! }
type RepositoryTopic { topic: Topic! }
type Release {
  name: String tagName: String! url: URI! publishedAt: DateTime createdAt: DateTime! isDraft: Boolean! isLatest: Boolean! isPrerelease: Boolean!
}
enum ReleaseOrderField { CREATED_AT NAME }
input ReleaseOrder { field: ReleaseOrderField! direction: OrderDirection! }
type IssueTemplate { name: String! title: String body: String about: String filename: String }
type PullRequestTemplate { filename: String body: String }
type Project { id: ID! name: String! number: Int! resourcePath: URI! closed: Boolean! }
type ProjectV2 { id: ID! title: String! number: Int! resourcePath: URI! closed: Boolean! url: URI! }
type ProjectColumn { name: String! }
type ProjectCard { project: Project! column: ProjectColumn }
type ProjectV2ItemFieldSingleSelectValue { optionId: String name: String }
union ProjectV2ItemFieldValue = ProjectV2ItemFieldSingleSelectValue
type ProjectV2Item { id: ID! project: ProjectV2! fieldValueByName(name: String!): ProjectV2ItemFieldValue }
input ProjectOrder { field: String! direction: OrderDirection! }
input ProjectV2Order { field: String! direction: OrderDirection! }
input LabelOrder { field: LabelOrderField! direction: OrderDirection! }
enum LabelOrderField { NAME CREATED_AT }
input MilestoneOrder { field: String! direction: OrderDirection! }
enum MilestoneState { OPEN CLOSED }
enum OrderDirection { ASC DESC }
enum IssueOrderField { CREATED_AT UPDATED_AT COMMENTS }
input IssueOrder { field: IssueOrderField! direction: OrderDirection! }
input IssueFilters { assignee: String createdBy: String labels: [String!] mentioned: String milestone: String states: [IssueState!] }

type Ref implements Node { id: ID! name: String! prefix: String! target: GitObject branchProtectionRule: BranchProtectionRule }
type BranchProtectionRule { requiresStrictStatusChecks: Boolean! requiredApprovingReviewCount: Int }
type GitActor { name: String email: String date: String user: User }
type Blob implements GitObject { id: ID! oid: GitObjectID! abbreviatedOid: String! text: String byteSize: Int! }
type Tree implements GitObject { id: ID! oid: GitObjectID! abbreviatedOid: String! entries: [TreeEntry!] }
type TreeEntry { name: String! type: String! object: GitObject }
type Commit implements GitObject & Node {
  id: ID! oid: GitObjectID! abbreviatedOid: String! message: String! messageHeadline: String! messageBody: String! url: URI!
  committedDate: DateTime! authoredDate: DateTime! author: GitActor committer: GitActor
  authors(${PAGE}): GitActorConnection! statusCheckRollup: StatusCheckRollup
  history(${PAGE}): CommitHistoryConnection!
}
enum StatusState { EXPECTED ERROR FAILURE PENDING SUCCESS }
enum CheckStatusState { REQUESTED QUEUED IN_PROGRESS COMPLETED WAITING PENDING }
enum CheckConclusionState { ACTION_REQUIRED TIMED_OUT CANCELLED FAILURE SUCCESS NEUTRAL SKIPPED STARTUP_FAILURE STALE }
enum CheckRunState { ACTION_REQUIRED CANCELLED COMPLETED FAILURE IN_PROGRESS NEUTRAL PENDING QUEUED SKIPPED STALE STARTUP_FAILURE SUCCESS TIMED_OUT WAITING }
type StatusCheckRollup { id: ID! state: StatusState! contexts(${PAGE}): StatusCheckRollupContextConnection! }
union StatusCheckRollupContext = CheckRun | StatusContext
type CheckRunStateCount { state: CheckRunState! count: Int! }
type StatusContextStateCount { state: StatusState! count: Int! }
type StatusCheckRollupContextConnection {
  nodes: [StatusCheckRollupContext] pageInfo: PageInfo! totalCount: Int! checkRunCount: Int!
  checkRunCountsByState: [CheckRunStateCount!] statusContextCount: Int! statusContextCountsByState: [StatusContextStateCount!]
}
type Workflow { name: String! }
type WorkflowRun { event: String! workflow: Workflow! }
type CheckSuite { id: ID! workflowRun: WorkflowRun status: CheckStatusState! conclusion: CheckConclusionState }
type CheckRun implements Node {
  id: ID! name: String! status: CheckStatusState! conclusion: CheckConclusionState startedAt: DateTime completedAt: DateTime
  detailsUrl: URI summary: String text: String title: String checkSuite: CheckSuite!
  isRequired(pullRequestId: ID, pullRequestNumber: Int): Boolean!
}
type StatusContext implements Node {
  id: ID! context: String! state: StatusState! targetUrl: URI createdAt: DateTime! description: String
  isRequired(pullRequestId: ID, pullRequestNumber: Int): Boolean!
}

type Label implements Node { id: ID! name: String! description: String color: String! createdAt: DateTime isDefault: Boolean! updatedAt: DateTime url: URI! repository: Repository }
type Milestone implements Node { id: ID! repository: Repository number: Int! title: String! description: String dueOn: DateTime state: MilestoneState! }
type ReactingUserConnection { totalCount: Int! }
type ReactionGroup { content: String! users(first: Int): ReactingUserConnection! }
enum CommentAuthorAssociation { MEMBER OWNER MANNEQUIN COLLABORATOR CONTRIBUTOR FIRST_TIME_CONTRIBUTOR FIRST_TIMER NONE }
type IssueComment implements Node {
  id: ID! repository: Repository databaseId: Int author: Actor authorAssociation: CommentAuthorAssociation! body: String! createdAt: DateTime! includesCreatedEdit: Boolean!
  isMinimized: Boolean! minimizedReason: String reactionGroups: [ReactionGroup!] url: URI! viewerDidAuthor: Boolean!
}
enum IssueState { OPEN CLOSED }
enum IssueStateReason { REOPENED NOT_PLANNED COMPLETED }
enum PullRequestState { OPEN CLOSED MERGED }
enum PullRequestReviewDecision { CHANGES_REQUESTED APPROVED REVIEW_REQUIRED }
enum PullRequestReviewState { PENDING COMMENTED APPROVED CHANGES_REQUESTED DISMISSED }
enum MergeableState { MERGEABLE CONFLICTING UNKNOWN }
enum MergeStateStatus { DIRTY UNKNOWN BLOCKED BEHIND DRAFT UNSTABLE HAS_HOOKS CLEAN }
enum PullRequestMergeMethod { MERGE SQUASH REBASE }
union IssueOrPullRequest = Issue | PullRequest
type Issue implements Node {
  id: ID! databaseId: Int number: Int! title: String! body: String! url: URI! state: IssueState! stateReason(enableDuplicate: Boolean): IssueStateReason
  closed: Boolean! createdAt: DateTime! updatedAt: DateTime! closedAt: DateTime author: Actor
  assignees(${PAGE}): UserConnection! labels(${PAGE}): LabelConnection milestone: Milestone comments(${PAGE}): IssueCommentConnection!
  projectCards(${PAGE}): ProjectCardConnection! projectItems(${PAGE}): ProjectV2ItemConnection! reactionGroups: [ReactionGroup!]
  isPinned: Boolean repository: Repository!
}
type AutoMergeRequest { authorEmail: String commitBody: String commitHeadline: String mergeMethod: PullRequestMergeMethod! enabledAt: DateTime enabledBy: Actor }
type PullRequest implements Node {
  id: ID! databaseId: Int fullDatabaseId: String number: Int! title: String! body: String! url: URI! state: PullRequestState! closed: Boolean! merged: Boolean!
  createdAt: DateTime! updatedAt: DateTime! closedAt: DateTime mergedAt: DateTime author: Actor mergedBy: Actor
  assignees(${PAGE}): UserConnection! labels(${PAGE}): LabelConnection milestone: Milestone comments(${PAGE}): IssueCommentConnection!
  projectCards(${PAGE}): ProjectCardConnection! projectItems(${PAGE}): ProjectV2ItemConnection! reactionGroups: [ReactionGroup!]
  additions: Int! deletions: Int! changedFiles: Int! files(${PAGE}): PullRequestChangedFileConnection
  baseRef: Ref baseRefName: String! baseRefOid: GitObjectID! headRef: Ref headRefName: String! headRefOid: GitObjectID!
  headRepository: Repository headRepositoryOwner: RepositoryOwner baseRepository: Repository repository: Repository!
  isCrossRepository: Boolean! isDraft: Boolean! isInMergeQueue: Boolean! isMergeQueueEnabled: Boolean! maintainerCanModify: Boolean!
  mergeable: MergeableState! mergeStateStatus: MergeStateStatus! mergeCommit: Commit potentialMergeCommit: Commit
  commits(${PAGE}): PullRequestCommitConnection! reviewDecision: PullRequestReviewDecision
  reviews(${PAGE}, states: [PullRequestReviewState!]): PullRequestReviewConnection latestReviews(${PAGE}): PullRequestReviewConnection
  reviewRequests(${PAGE}): ReviewRequestConnection autoMergeRequest: AutoMergeRequest viewerCanUpdate: Boolean!
  statusCheckRollup: StatusCheckRollup
}
type PullRequestChangedFile { path: String! additions: Int! deletions: Int! changeType: String! }
type PullRequestCommit implements Node { id: ID! commit: Commit! url: URI! }
union RequestedReviewer = User | Team | Mannequin
type ReviewRequest implements Node { id: ID! requestedReviewer: RequestedReviewer }
type PullRequestReviewThread implements Node { id: ID! repository: Repository isResolved: Boolean! }
type PullRequestReviewComment implements Node { id: ID! repository: Repository author: Actor body: String! path: String! line: Int createdAt: DateTime! diffHunk: String! url: URI! }
type PullRequestReview implements Node {
  id: ID! repository: Repository author: Actor authorAssociation: CommentAuthorAssociation! submittedAt: DateTime body: String! state: PullRequestReviewState!
  commit: Commit reactionGroups: [ReactionGroup!] url: URI! includesCreatedEdit: Boolean! isMinimized: Boolean! minimizedReason: String
  comments(${PAGE}): PullRequestReviewCommentConnection!
}

union SearchResultItem = Issue | PullRequest | Repository | User
enum SearchType { ISSUE REPOSITORY USER DISCUSSION }
type SearchResultItemEdge { cursor: String! node: SearchResultItem }
type SearchResultItemConnection { nodes: [SearchResultItem] edges: [SearchResultItemEdge] pageInfo: PageInfo! issueCount: Int! repositoryCount: Int! userCount: Int! }

${connections}

type Query {
  viewer: User!
  repository(owner: String!, name: String!, followRenames: Boolean): Repository
  organization(login: String!): Organization
  user(login: String!): User
  repositoryOwner(login: String!): RepositoryOwner
  node(id: ID!): Node
  nodes(ids: [ID!]!): [Node]!
  search(query: String!, type: SearchType!, ${PAGE}): SearchResultItemConnection!
  rateLimit(dryRun: Boolean): RateLimit
}
${MUTATIONS}
`;

export const schema = buildSchema(SDL);
