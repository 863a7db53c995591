import hljs from 'highlight.js/lib/core';
import bash from 'highlight.js/lib/languages/bash';
import cpp from 'highlight.js/lib/languages/cpp';
import csharp from 'highlight.js/lib/languages/csharp';
import css from 'highlight.js/lib/languages/css';
import diff from 'highlight.js/lib/languages/diff';
import dockerfile from 'highlight.js/lib/languages/dockerfile';
import go from 'highlight.js/lib/languages/go';
import ini from 'highlight.js/lib/languages/ini';
import java from 'highlight.js/lib/languages/java';
import javascript from 'highlight.js/lib/languages/javascript';
import json from 'highlight.js/lib/languages/json';
import php from 'highlight.js/lib/languages/php';
import python from 'highlight.js/lib/languages/python';
import ruby from 'highlight.js/lib/languages/ruby';
import rust from 'highlight.js/lib/languages/rust';
import shell from 'highlight.js/lib/languages/shell';
import sql from 'highlight.js/lib/languages/sql';
import typescript from 'highlight.js/lib/languages/typescript';
import xml from 'highlight.js/lib/languages/xml';
import yaml from 'highlight.js/lib/languages/yaml';

// The languages that are highlighted. Markdown is left out: its grammar takes minutes for a page of certain marks.
// Plain JavaScript with its types beside it, because the library's own types bring a browser's globals into the
// relay's. Keeps only compiled grammars, for the isolate's life.

const grammars = {
  ...{ bash, cpp, csharp, css, diff, dockerfile, go, ini, java, javascript, json, php, python, ruby },
  ...{ rust, shell, sql, typescript, xml, yaml },
};
let ready = false;

/** Registered when first needed: most invocations of the relay never show code. */
function register() {
  for (const [name, grammar] of Object.entries(grammars)) hljs.registerLanguage(name, grammar);
  // What C has, C++ has.
  hljs.registerAliases(['c', 'h'], { languageName: 'cpp' });
  ready = true;
}

/** How many times as much a character costs: the time for a block grows faster than the block. */
const COSTS = { 'C++': 2, 'C#': 4 };

export function costOf(language) {
  if (!ready) register();
  return COSTS[hljs.getLanguage(language)?.name] ?? 1;
}

export function highlight(code, language) {
  if (!ready) register();
  return hljs.getLanguage(language) ? hljs.highlight(code, { language, ignoreIllegals: true }).value : null;
}
