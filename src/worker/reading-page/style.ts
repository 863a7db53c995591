// The reading page's style: one sheet, two colour schemes, from 360 px up, and print. Tap targets are at least 44 px.

export const STYLE = `
:root {
  color-scheme: light dark;
  --ground: #fffdf9; --ink: #2a1f18; --soft: #665548; --line: #e6dacb; --raised: #f7f0e6; --accent: #9c3d1a;
  --word: #8a2a7a; --string: #2c641f; --number: #9c3d1a; --name: #0a5591; --kind: #00626a; --key: #754d00;
  --gone: #a0160f; --come: #2b6422;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #15110e; --ink: #efe6dd; --soft: #b9aa9d; --line: #3a2f28; --raised: #211a15; --accent: #f3a57e;
    --word: #e3a0d9; --string: #a5d28f; --number: #f3a57e; --name: #85c9ff; --kind: #7fd3cf; --key: #e5c07b;
    --gone: #ff9f92; --come: #9bd58f;
  }
}
* { box-sizing: border-box; }
[hidden] { display: none !important; }
html {
  font: 17px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Open Sans", sans-serif;
  color: var(--ink); background: var(--ground); -webkit-text-size-adjust: 100%; text-size-adjust: 100%;
}
body {
  max-width: 70ch; margin: 0 auto; overflow-wrap: break-word;
  padding: 1rem max(1rem, env(safe-area-inset-right)) 3rem max(1rem, env(safe-area-inset-left));
}
header {
  display: flex; flex-wrap: wrap; align-items: center; gap: .6rem .75rem;
  padding-bottom: .75rem; margin-bottom: 1.25rem; border-bottom: 1px solid var(--line);
}
header div { flex: 1 1 13rem; min-width: 0; }
header h1 { font-size: 1.05rem; margin: 0; overflow-wrap: anywhere; }
header p { font-size: .8rem; line-height: 1.4; color: var(--soft); margin: .1rem 0 0; }
@media (max-width: 30rem) { .written { display: none; } }
header nav { display: flex; gap: .5rem; }
header nav > * { border: 1px solid var(--line); padding: 0 .9rem; }
header nav a {
  display: inline-flex; align-items: center; min-height: 44px; border-radius: .6rem;
  font-size: .82rem; color: var(--ink); text-decoration: none;
}
.logo {
  flex: none; width: 2.6rem; height: 2.6rem; padding: .45rem; border-radius: 50%;
  color: var(--ground); background: var(--accent); --bird-eye: var(--accent);
}
.contents { margin: -.25rem 0 1.25rem; border: 1px solid var(--line); border-radius: .6rem; font-size: .92rem; }
.contents summary {
  display: flex; align-items: center; justify-content: space-between; min-height: 44px; padding: 0 .85rem;
  font-weight: 600; cursor: pointer;
}
.contents summary::after { content: "+"; font-size: 1.3rem; font-weight: 400; color: var(--soft); }
.contents details[open] summary::after { content: "−"; }
.contents ol { list-style: none; margin: 0; padding: 0 .85rem .5rem; }
.contents li { margin: 0; }
.contents a { display: flex; align-items: center; min-height: 44px; line-height: 1.3; color: inherit; text-decoration: none; }
.contents .level-3 { padding-inline-start: 1rem; }
.contents .level-4, .contents .level-5, .contents .level-6 { padding-inline-start: 2rem; }
h1, h2, h3, h4, h5, h6 { line-height: 1.25; margin: 1.8em 0 .5em; text-wrap: balance; }
h2 { font-size: 1.45rem; } h3 { font-size: 1.2rem; } h4, h5, h6 { font-size: 1.02rem; }
main > :first-child { margin-top: 0; }
p, ul, ol, blockquote, .code, .table, .as-written { margin: 0 0 1rem; }
p, li, h2, h3, h4, h5, h6, th, td { unicode-bidi: plaintext; text-align: start; }
.as-written { white-space: pre-wrap; overflow-wrap: anywhere; font: inherit; }
ul, ol { padding-inline-start: 1.5rem; }
li { margin-bottom: .3rem; }
li > p { margin-bottom: .5rem; }
li > ul, li > ol { margin: .3rem 0 0; }
li li li li > ul, li li li li > ol { padding-inline-start: .6rem; }
li > .code { margin: .5rem 0 .75rem; }
.task { list-style: none; }
.box {
  display: inline-block; width: 1.1rem; height: 1.1rem; margin-inline: -1.5rem .4rem; vertical-align: text-bottom;
  border: 1.5px solid var(--soft); border-radius: .25rem; font-size: .85rem; line-height: calc(1.1rem - 3px); text-align: center; position: relative; top: -.1rem;
}
a { color: var(--accent); text-underline-offset: .15em; overflow-wrap: anywhere; }
hr { border: 0; border-top: 1px solid var(--line); margin: 1.75rem 0; }
blockquote { padding-inline-start: 1rem; border-inline-start: 3px solid var(--line); color: var(--soft); }
blockquote > :last-child, li > :last-child { margin-bottom: 0; }
code, pre { font-family: ui-monospace, "SF Mono", Menlo, Consolas, "Roboto Mono", "DejaVu Sans Mono", monospace; }
code { font-size: .88em; overflow-wrap: anywhere; }
:not(pre) > code { padding: .1em .3em; border-radius: .3em; background: var(--raised); }
.code { border: 1px solid var(--line); border-radius: .6rem; background: var(--raised); overflow: hidden; direction: ltr; }
figcaption {
  display: flex; align-items: center; padding-inline-start: .85rem; color: var(--soft); font-size: .82rem;
}
figcaption span { flex: 1; min-width: 0; overflow-wrap: anywhere; padding: .4rem 0; }
figcaption:not(:has(span:not(:empty), button:not([hidden]))) { display: none; }
.code pre {
  margin: 0; padding: .1rem .85rem .85rem; line-height: 1.5; font-size: .92rem; tab-size: 2;
  white-space: pre-wrap; overflow-wrap: anywhere;
}
.code .unwrapped { white-space: pre; overflow-x: auto; }
.code .unwrapped code { overflow-wrap: normal; }
button {
  min-width: 44px; min-height: 44px; padding: 0 .7rem; border: 0; border-radius: .6rem;
  font: inherit; font-size: .82rem; color: var(--ink); background: none; cursor: pointer; touch-action: manipulation;
}
@media (hover: hover) { button:hover, header a:hover, .contents a:hover { background: color-mix(in srgb, var(--ink) 8%, transparent); } }
button[aria-pressed=true] { text-decoration: underline; text-decoration-thickness: 2px; text-underline-offset: .35em; }
:focus-visible { outline: 3px solid var(--accent); outline-offset: -3px; border-radius: .4rem; }
a:focus-visible { outline-offset: 2px; }
.table { overflow-x: auto; border: 1px solid var(--line); border-radius: .6rem; }
table { border-collapse: collapse; width: max-content; min-width: 100%; font-size: .92rem; line-height: 1.4; }
th, td { padding: .5rem .75rem; vertical-align: top; max-width: 17rem; overflow-wrap: break-word; }
th { background: var(--raised); }
tbody tr { border-top: 1px solid var(--line); }
td.right, th.right { text-align: end; }
td.center, th.center { text-align: center; }
.for-ears { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
.notice { padding-top: 14vh; text-align: center; }
.product { display: grid; justify-items: center; gap: .5rem; font-weight: 600; margin-bottom: 2rem; }
.product .logo { width: 4rem; height: 4rem; padding: .7rem; }
.notice h1 { font-size: 1.45rem; margin-top: 0; }
.notice p { text-align: center; text-wrap: balance; }
.notice button, .notice button:hover {
  margin-top: .5rem; padding: 0 1.75rem; font-size: 1rem; font-weight: 600; color: var(--ground); background: var(--accent);
}
pre .soft { color: var(--soft); }
pre .word { color: var(--word); }
pre .string { color: var(--string); }
pre .number { color: var(--number); }
pre .name { color: var(--name); }
pre .kind { color: var(--kind); }
pre .key { color: var(--key); }
pre .gone { color: var(--gone); }
pre .come { color: var(--come); }
@media (prefers-reduced-motion: no-preference) { button { transition: background-color .15s; } }
@media print {
  :root {
    color-scheme: light; --ground: #fff; --ink: #000; --soft: #444; --line: #bbb; --raised: #fff; --accent: #000;
    --word: #000; --string: #000; --number: #000; --name: #000; --kind: #000; --key: #000; --gone: #000; --come: #000;
  }
  html { font-size: 11pt; }
  body { max-width: none; padding: 0; }
  button, nav, .logo { display: none !important; }
  .code, tr { break-inside: avoid; }
  .table { overflow: visible; }
  table { width: auto; }
  .code .unwrapped { white-space: pre-wrap; }
  a[href^=http]::after { content: " (" attr(href) ")"; font-size: .85em; }
}
`;
