// Sentences of the operator's page.

export const operatorPage = {
  product: 'Roost',
  sendToken: 'Send the operator’s token: Authorization: Bearer …',
  wrongToken: 'This is not the operator’s token.',
  tooManyTokens: 'Too many wrong tokens. Try again in a minute.',
  sendReason: 'Say why you read what people wrote, in three letters or more: ?body=1&reason=… The audit keeps it.',
  logIn: {
    title: 'Log in to the operator’s page',
    text: 'Admins text /operator to Roost and open the link in the answer. The link works once, for five minutes.',
  },
  loggedOut: {
    title: 'You’re logged out',
    text: 'Your login is over, or somebody ended it. Text /operator to Roost for a new link.',
  },
  accessOver: {
    title: 'Log in again',
    text: 'Your login of Cloudflare Access is over. Load the page again, and log in there.',
  },
  welcome: {
    title: 'Log in?',
    text: (who: string): string =>
      `This link logs this browser in to the operator’s page for 12 hours, as ${who}. It works once. Leave it if that isn’t you.`,
    button: 'Log in',
  },
  oldLink: {
    title: 'This link no longer works',
    text: 'It was used, it is older than five minutes, or there is a newer one. Text /operator to Roost for a new link.',
  },
  unknownLink: {
    title: 'This isn’t a link from Roost',
    text: 'Part of it may be missing: open it from your chat again, or text /operator for a new link.',
  },
  notAdmin: {
    title: 'You can’t log in',
    text: 'Only admins can, while they aren’t blocked or locked. Ask another admin.',
  },
  wrongOrigin: {
    title: 'That wasn’t sent from this page',
    text: 'Nothing was changed. Open the operator’s page at its own address and try again.',
  },
  notEncrypted: {
    title: 'Use https',
    text: 'Nothing was done: this address has no encryption. Open the operator’s page at its https address.',
  },
  tooMany: { title: 'Too many tries', text: 'Wait a minute, then try again.' },
  loggedOutHere: {
    title: 'This browser is logged out',
    text: 'Roost doesn’t answer, so a copy of this login counts for 12 hours at most. Text /operator off to Roost to end it.',
  },
  loginUnsure: {
    title: 'Roost doesn’t answer',
    text: 'Press the button again in a minute. If the link no longer works then, text /operator to Roost for a new one.',
  },
  unavailable: {
    title: 'Part of Roost doesn’t answer',
    text: 'Load the page again in a minute.',
  },
  nothing: { title: 'There’s nothing here', text: 'Choose a view above, or go back.' },
  /** The result of the last action, by the word in the address. */
  told: {
    'login-ended': 'The login is ended. Its browser is out with its next request.',
    done: 'Done. The row below shows it as soon as it has happened.',
    unreachable: 'The machine’s provider doesn’t answer, so nothing was changed. Try again in a minute.',
    merging:
      'This conversation is being merged into another one, so nothing was changed. In a minute, try again in the one that stays.',
    acknowledged: 'The alert is seen to.',
    'rollout-begun': 'The rollout is tried again with the next pass, within five minutes.',
    'nothing-to-do': 'There was nothing to do: somebody else may have done it already.',
  },
  views: 'Views',
  tokenHolder: 'The operator’s token',
  unnamed: 'An admin',
  logOut: 'Log out',
  helpTitle: 'Keys',
  keys: [
    ['/', 'search'],
    ['j k', 'next and previous row'],
    ['Enter', 'open the row'],
    ['g and a letter', 'another view'],
    ['?', 'this list'],
  ],
  close: 'Close',
  cancel: 'Cancel',
  skip: 'To the content',
  none: '–',
  more: 'Older',
  audit: {
    logins: 'Who is logged in',
    noLogins: 'Nobody is logged in by link.',
    thisBrowser: 'this browser',
    endLogin: 'End',
    asksEnd: 'End this login? Its browser is out with its next request, and needs a new link.',
    entries: 'What was changed',
    noEntries: 'Nothing has been recorded yet. Changes of access and logins appear here.',
    who: 'Who',
    browser: 'Browser',
    since: 'Since',
    lastSeen: 'Last used',
    ends: 'Ends',
    at: 'When',
    action: 'What',
    subject: 'Whom',
    detail: 'Detail',
    byToken: 'the operator’s token',
    byConfig: 'the configuration',
  },
} as const;
