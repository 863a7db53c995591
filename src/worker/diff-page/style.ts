// The style of a diff's page: one sheet, two colour schemes, from 320 px up. Colours are those of the reading page.

export const STYLE = `
:root {
  color-scheme: light dark;
  --ground: #fffdf9; --ink: #2a1f18; --soft: #665548; --line: #e6dacb; --raised: #f7f0e6; --accent: #9c3d1a;
  --gone: #a0160f; --come: #2b6422; --gone-ground: #fdebe8; --come-ground: #eaf4e4;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #15110e; --ink: #efe6dd; --soft: #b9aa9d; --line: #3a2f28; --raised: #211a15; --accent: #f3a57e;
    --gone: #ff9f92; --come: #9bd58f; --gone-ground: #35191a; --come-ground: #19291a;
  }
}
* { box-sizing: border-box; }
html {
  font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Open Sans", sans-serif;
  color: var(--ink); background: var(--ground); -webkit-text-size-adjust: 100%; text-size-adjust: 100%;
}
body {
  max-width: 100ch; margin: 0 auto; overflow-wrap: anywhere;
  padding: 1rem max(.75rem, env(safe-area-inset-right)) 3rem max(.75rem, env(safe-area-inset-left));
}
h1 { font-size: 1.15rem; line-height: 1.3; margin: 0 0 .25rem; }
h2, h3, p { margin: 0; }
header { border-bottom: 1px solid var(--line); padding-bottom: .75rem; margin-bottom: .75rem; }
header p { font-size: .9rem; }
.soft { color: var(--soft); font-size: .85rem; }
.button, button {
  display: inline-flex; align-items: center; justify-content: center; min-height: 44px; min-width: 44px; padding: 0 1rem;
  border: 1px solid var(--line); border-radius: .6rem; color: var(--ink); background: none; font: inherit; font-size: .9rem;
  text-decoration: none; cursor: pointer;
}
header .button { margin-top: .5rem; }
button { background: var(--accent); color: var(--ground); border-color: var(--accent); font-weight: 600; }
.told { background: var(--raised); border-radius: .6rem; padding: .6rem .8rem; margin-bottom: .75rem; font-size: .9rem; }
nav details { border: 1px solid var(--line); border-radius: .6rem; margin-bottom: .75rem; }
summary { display: flex; align-items: center; min-height: 44px; padding: 0 .85rem; font-weight: 600; cursor: pointer; }
summary::after { content: "+"; margin-inline-start: auto; font-size: 1.2rem; font-weight: 400; color: var(--soft); }
details[open] summary::after { content: "−"; }
nav ol { list-style: none; margin: 0; padding: 0 .85rem .5rem; }
nav li a { display: flex; align-items: center; justify-content: space-between; gap: .75rem; min-height: 44px; color: inherit; text-decoration: none; font-size: .88rem; }
bdi { min-width: 0; }
.counts { white-space: nowrap; font-variant-numeric: tabular-nums; font-weight: 400; }
.come { color: var(--come); } .gone { color: var(--gone); }
section { border: 1px solid var(--line); border-radius: .6rem; margin: .75rem 0; overflow: hidden; scroll-margin-top: .5rem; }
h2 { display: flex; justify-content: space-between; gap: .75rem; font-size: .92rem; line-height: 1.35; padding: .6rem .75rem; background: var(--raised); }
.note { padding: .3rem .75rem; }
h3 { font-size: .8rem; font-weight: 400; color: var(--soft); padding: .3rem .75rem; border-top: 1px solid var(--line); }
code { font-family: ui-monospace, "SF Mono", Menlo, Consolas, "Roboto Mono", "DejaVu Sans Mono", monospace; font-size: .8rem; }
.lines { list-style: none; margin: 0; padding: 0; direction: ltr; }
.lines li { display: grid; grid-template-columns: 3rem minmax(0, 1fr); scroll-margin-top: 30vh; }
.lines li > a {
  display: flex; justify-content: flex-end; min-height: 28px; padding: .2rem .5rem 0 0; color: var(--soft); text-decoration: none;
  font: .72rem/1.5 ui-monospace, Menlo, Consolas, "DejaVu Sans Mono", monospace; border-inline-end: 1px solid var(--line);
}
.lines code { white-space: pre-wrap; overflow-wrap: anywhere; tab-size: 2; line-height: 1.5; padding: .15rem .5rem .15rem 1.35rem; text-indent: -.9rem; unicode-bidi: isolate; }
.mark { display: inline-block; width: .9rem; text-indent: 0; color: var(--soft); }
.added { background: var(--come-ground); } .added .mark { color: var(--come); }
.removed { background: var(--gone-ground); } .removed .mark { color: var(--gone); }
.sign { border: 1px solid currentColor; border-radius: .25em; padding: 0 .2em; margin: 0 .1em; font-size: .85em; color: var(--gone); }
form, .ready { grid-column: 1 / -1; display: grid; gap: .5rem; padding: .75rem; background: var(--ground); border-block: 1px solid var(--line); }
label { font-size: .9rem; font-weight: 600; }
textarea, .ready { scroll-margin-top: 40vh; }
textarea { width: 100%; font: inherit; color: inherit; background: var(--raised); border: 1px solid var(--soft); border-radius: .5rem; padding: .5rem; }
form button, .ready .button { justify-self: start; }
.ready .button { background: var(--accent); color: var(--ground); border-color: var(--accent); font-weight: 600; }
.says { white-space: pre-wrap; background: var(--raised); border-radius: .5rem; padding: .5rem; font-size: .9rem; }
.pager { display: flex; justify-content: space-between; align-items: center; gap: .75rem; font-size: .9rem; }
:focus-visible { outline: 3px solid var(--accent); outline-offset: -3px; border-radius: .3rem; }
.for-ears { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
@media (hover: hover) { .lines li > a:hover { text-decoration: underline; } }
@media print { nav, form, .button { display: none; } }
`;
