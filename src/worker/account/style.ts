// The style of the page where accounts are connected: one sheet, two colour schemes, made for phones.

export const STYLE = `
:root {
  color-scheme: light dark;
  --ground: #fffdf9; --ink: #2a1f18; --soft: #665548; --line: #8d7a6a; --raised: #f7f0e6; --accent: #9c3d1a; --bad: #a0160f;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #15110e; --ink: #efe6dd; --soft: #b9aa9d; --line: #85766a; --raised: #211a15; --accent: #f3a57e; --bad: #ff9f92;
  }
}
* { box-sizing: border-box; }
html {
  font: 17px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Open Sans", sans-serif;
  color: var(--ink); background: var(--ground); -webkit-text-size-adjust: 100%; text-size-adjust: 100%;
}
body { max-width: 30rem; margin: 0 auto; padding: 1.5rem max(1.1rem, env(safe-area-inset-right)) 3rem max(1.1rem, env(safe-area-inset-left)); overflow-wrap: anywhere; }
.product { display: flex; align-items: center; gap: .6rem; margin: 0 0 1.5rem; font-weight: 600; }
.logo { width: 2.6rem; height: 2.6rem; padding: .45rem; border-radius: 50%; color: var(--ground); background: var(--accent); --bird-eye: var(--accent); }
h1 { font-size: 1.5rem; line-height: 1.2; margin: 0 0 .6rem; text-wrap: balance; }
p { margin: 0 0 1rem; }
ol { margin: 0 0 1.25rem; padding-inline-start: 1.4rem; color: var(--soft); }
li { margin-bottom: .35rem; }
label { display: block; margin-bottom: 1rem; font-weight: 600; font-size: .92rem; }
input {
  display: block; width: 100%; min-height: 48px; margin-top: .35rem; padding: 0 .8rem; border: 1px solid var(--line); border-radius: .6rem;
  font: inherit; color: inherit; background: var(--raised);
}
button, .button {
  display: flex; align-items: center; justify-content: center; width: 100%; min-height: 50px; padding: 0 1rem; border: 1px solid var(--accent); border-radius: .7rem;
  font: inherit; font-weight: 600; text-decoration: none; cursor: pointer; color: var(--ground); background: var(--accent);
}
.other { color: var(--accent); background: none; margin-bottom: 1.25rem; }
.says { padding: .8rem; border-radius: .7rem; background: var(--raised); font: 600 1.15rem ui-monospace, Menlo, Consolas, monospace; text-align: center; user-select: all; }
.bad { padding: .7rem .9rem; border-inline-start: 4px solid var(--bad); background: var(--raised); color: var(--bad); }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
`;
