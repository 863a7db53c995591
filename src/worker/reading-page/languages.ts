// What the highlighter looks for in each language. A rule is a pattern and its colour, or how the colour depends on the
// text that was found. Rules are tried in their order at each place, and a pattern uses up what it has looked at, so
// that the time grows with the code alone: a missing end of a string or comment is the end of the line or of the code,
// never a second look from the next character.

export type Colour = 'soft' | 'word' | 'string' | 'number' | 'name' | 'kind' | 'key' | 'gone' | 'come';
export type Rule = readonly [RegExp, Colour | ((found: string) => Colour | null)];

export type Language = {
  /** In lower case, as a block of code names it. */
  names: string;
  rules: readonly Rule[];
  /** Keywords and literals. */
  words?: string;
  /** Built-in types and functions. */
  kinds?: string;
  /** A word with a capital is a type. */
  hasCapitalTypes?: true;
  ignoresCase?: true;
};

const SLASHES: Rule = [/\/\/[^\n]*|\/\*[\s\S]*?(?:\*\/|(?![\s\S]))/, 'soft'];
const HASH: Rule = [/(?<!\S)#[^\n]*/, 'soft'];
const DOUBLE: Rule = [/"(?:[^"\\\n]|\\[\s\S])*"?/, 'string'];
const SINGLE: Rule = [/'(?:[^'\\\n]|\\[\s\S])*'?/, 'string'];
const BACKTICKS: Rule = [/`(?:[^`\\]|\\[\s\S])*`?/, 'string'];
const TRIPLE: Rule = [/[bfru]{0,2}(?:"""[\s\S]*?(?:"""|(?![\s\S]))|'''[\s\S]*?(?:'''|(?![\s\S])))/i, 'string'];
const MANY_LINES: Rule = [/"(?:[^"\\]|\\[\s\S])*"?/, 'string'];
const NUMBER: Rule = [/\b\d[\d_]*(?:\.\d[\d_]*)?(?:[eE][+-]\d+)?\w*/, 'number'];
const ANNOTATION: Rule = [/@[\p{L}_][\p{L}\p{N}_.]*/u, 'soft'];
const VARIABLE: Rule = [/\$(?:\w+|\{[^}\n]*\}?)/, 'key'];

const SCRIPT: readonly Rule[] = [
  SLASHES,
  ...[DOUBLE, SINGLE, BACKTICKS],
  [/(?<=[=(,:[!&|?{;]\s?)\/(?:[^/\\\n]|\\[^\n])+\/[a-z]*/, 'string'],
  ...[ANNOTATION, NUMBER],
];
const SCRIPT_WORDS = `as async await break case catch class const continue debugger default delete do else export extends
  false finally for from function get if import in instanceof let new null of return set static super switch this throw
  true try typeof undefined var void while with yield`;

export const LANGUAGES: readonly Language[] = [
  {
    names: 'bash sh zsh',
    rules: [HASH, MANY_LINES, [/'[^']*'?/, 'string'], [/\$(?:\w+|\{[^}\n]*\}?|[#?@*!$-])/, 'key'], NUMBER],
    words: 'case do done elif else esac fi for function if in select then until while true false',
    kinds: `alias awk bg cat cd chmod chown cp curl cut declare echo eval exec exit export find git grep head kill let local
      ls mkdir mv npm printf pwd read return rm sed set shift sleep sort source sudo tail tar test touch trap unset wait
      xargs`,
  },
  {
    names: 'c h cpp cc c++ h++ hpp hh hxx cxx',
    rules: [
      SLASHES,
      [/(?<=#include[ \t]?)<[^>\n]*>?/, 'string'],
      [/^[ \t]*#[ \t]*[a-z]+/, 'word'],
      ...[DOUBLE, SINGLE, NUMBER],
    ],
    words: `alignas alignof break case catch class co_await co_return co_yield concept const constexpr continue decltype
      default delete do dynamic_cast else enum explicit export extern false final for friend goto if inline mutable
      namespace new noexcept NULL nullptr operator override private protected public register reinterpret_cast requires
      return sizeof static static_assert static_cast struct switch template this thread_local throw true try typedef
      typeid typename union using virtual volatile while`,
    kinds: `auto bool char double float int int8_t int16_t int32_t int64_t long map short signed size_t string uint8_t
      uint16_t uint32_t uint64_t unsigned vector void`,
    hasCapitalTypes: true,
  },
  {
    names: 'csharp cs c#',
    rules: [SLASHES, [/[$@]{1,2}"(?:[^"]|"")*"?/, 'string'], DOUBLE, SINGLE, [/^[ \t]*#[^\n]*/, 'soft'], NUMBER],
    words: `abstract as async await base break case catch checked class const continue default delegate do else enum event
      explicit extern false finally fixed for foreach from get global goto if implicit in init interface internal is
      join let lock nameof namespace new not null operator orderby out override params partial private protected public
      readonly record ref required return sealed select set sizeof stackalloc static struct switch this throw true try
      typeof unchecked unsafe using var virtual volatile when where while with yield`,
    kinds: 'bool byte char decimal double dynamic float int long object sbyte short string uint ulong ushort void',
    hasCapitalTypes: true,
  },
  {
    names: 'css scss less',
    rules: [
      SLASHES,
      ...[DOUBLE, SINGLE],
      [/@[\w-]+/, 'word'],
      [/#[\da-fA-F]{3,8}\b|-?(?:\d+(?:\.\d+)?|\.\d+)[a-z%]*/, 'number'],
      [/[.#][\w-]+/, 'kind'],
      // Without a space it may be a state, as in `a:hover`.
      [/[\w-]+(?::(?!\S))?/, (found) => (found.endsWith(':') ? 'key' : null)],
    ],
  },
  {
    names: 'diff patch',
    rules: [
      [/^(?:@@|diff |index |\+\+\+ |--- )[^\n]*/, 'soft'],
      [/^\+[^\n]*/, 'come'],
      [/^-[^\n]*/, 'gone'],
    ],
  },
  {
    names: 'dockerfile docker',
    rules: [[/^[ \t]*#[^\n]*/, 'soft'], DOUBLE, SINGLE, VARIABLE, NUMBER],
    words: `ADD ARG AS CMD COPY ENTRYPOINT ENV EXPOSE FROM HEALTHCHECK LABEL MAINTAINER ONBUILD RUN SHELL STOPSIGNAL USER
      VOLUME WORKDIR`,
  },
  {
    names: 'go golang',
    rules: [SLASHES, DOUBLE, SINGLE, [/`[^`]*`?/, 'string'], NUMBER],
    words: `break case chan const continue default defer else fallthrough false for func go goto if import interface iota map
      nil package range return select struct switch true type var`,
    kinds: `any append bool byte cap close comparable complex128 complex64 copy delete error float32 float64 int int16 int32
      int64 int8 len make max min new panic print println recover rune string uint uint16 uint32 uint64 uint8 uintptr`,
    hasCapitalTypes: true,
  },
  {
    names: 'ini toml conf',
    rules: [
      [/[#;][^\n]*/, 'soft'],
      [/^[ \t]*\[[^\]\n]*\]*/, 'name'],
      [/^[ \t]*[\w."'-]+[ \t]*=?/, (found) => (found.endsWith('=') ? 'key' : null)],
      ...[TRIPLE, DOUBLE, SINGLE, VARIABLE, NUMBER],
    ],
    words: 'true false on off yes no',
  },
  {
    names: 'java kotlin kt',
    rules: [SLASHES, TRIPLE, DOUBLE, SINGLE, ANNOTATION, NUMBER],
    words: `abstract assert break case catch class const continue data default do else enum extends false final finally for
      fun goto if implements import in instanceof interface is native new null object open override package permits
      private protected public record return sealed static strictfp super suspend switch synchronized this throw throws
      transient true try val var volatile when while yield`,
    kinds: 'boolean byte char double float int long short void',
    hasCapitalTypes: true,
  },
  {
    names: 'javascript js jsx mjs cjs',
    rules: SCRIPT,
    words: SCRIPT_WORDS,
    hasCapitalTypes: true,
  },
  {
    names: 'json jsonc json5',
    rules: [
      SLASHES,
      [/"(?:[^"\\\n]|\\[\s\S])*"?(?:[ \t]*:)?/, (found) => (found.endsWith(':') ? 'key' : 'string')],
      [/-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/, 'number'],
    ],
    words: 'true false null',
  },
  {
    names: 'php',
    rules: [
      SLASHES,
      [/#(?!\[)[^\n]*/, 'soft'],
      [/<\?(?:php|=)?|\?>/, 'soft'],
      [/"(?:[^"\\]|\\[\s\S])*"?|'(?:[^'\\]|\\[\s\S])*'?/, 'string'],
      ...[VARIABLE, NUMBER],
    ],
    words: `abstract and as break case catch class clone const continue declare default do echo else elseif empty enddeclare
      endfor endforeach endif endswitch endwhile enum extends false final finally fn for foreach function global goto if
      implements include include_once instanceof insteadof interface isset list match namespace new null or print private
      protected public readonly require require_once return self static switch this throw trait true try unset use var
      while xor yield`,
    kinds: 'array bool callable float int iterable mixed never object string void',
    hasCapitalTypes: true,
  },
  {
    names: 'python py ipython gyp',
    rules: [
      HASH,
      TRIPLE,
      [/[bfru]{0,2}(?:"(?:[^"\\\n]|\\[\s\S])*"?|'(?:[^'\\\n]|\\[\s\S])*'?)/i, 'string'],
      ANNOTATION,
      NUMBER,
    ],
    words: `and as assert async await break case class continue def del elif else except False finally for from global if
      import in is lambda match None nonlocal not or pass raise return self True try while with yield`,
    kinds: `abs all any bool bytes dict enumerate filter float input int isinstance len list map max min object open print
      range repr reversed round set sorted str sum super tuple type zip`,
    hasCapitalTypes: true,
  },
  {
    names: 'ruby rb irb gemspec podspec thor',
    rules: [
      HASH,
      [/^=begin\b[\s\S]*?(?:^=end|(?![\s\S]))/, 'soft'],
      ...[MANY_LINES, SINGLE],
      [/(?<!:):[\p{L}_]\w*[?!]?/u, 'number'],
      [/(?:@{1,2}|\$)\w+/, 'key'],
      NUMBER,
    ],
    words: `alias and begin BEGIN break case class def defined do else elsif end END ensure false for if in include module
      next nil not or raise redo require require_relative rescue retry return self super then true undef unless until when
      while yield`,
    kinds: 'attr_accessor attr_reader attr_writer lambda p private proc protected public puts',
    hasCapitalTypes: true,
  },
  {
    names: 'rust rs',
    rules: [
      SLASHES,
      [/b?r#*"[\s\S]*?(?:"#*|(?![\s\S]))/, 'string'],
      MANY_LINES,
      [/b?'(?:\\[^'\n]{1,10}|[^'\\\n])'/, 'string'],
      [/'\w+/, 'number'],
      [/#!?\[[^\]\n]*\]?/, 'soft'],
      NUMBER,
    ],
    words: `as async await become box break const continue crate do dyn else enum extern false fn for if impl in let loop
      macro match mod move mut pub ref return self Self static struct super trait true try type unsafe use where while
      yield`,
    kinds: 'bool char f32 f64 i128 i16 i32 i64 i8 isize str u128 u16 u32 u64 u8 usize',
    hasCapitalTypes: true,
  },
  {
    names: 'shell console shellsession',
    rules: [[/^[ \t]*[\w.@:~/[\]-]*[$#%>](?= )/, 'soft']],
  },
  {
    names: 'sql',
    rules: [
      [/--[^\n]*|\/\*[\s\S]*?(?:\*\/|(?![\s\S]))/, 'soft'],
      [/'[^']*'?/, 'string'],
      [/"[^"\n]*"?|`[^`\n]*`?/, 'key'],
      NUMBER,
    ],
    words: `add all alter analyze and any as asc begin between by cascade case check column commit conflict constraint create
      cross current database default delete desc distinct do drop else end exists explain false fetch first following for
      foreign from full function grant group having if in index inner insert intersect into is join key last lateral left
      like limit materialized natural not nothing null nulls offset on or order outer over partition preceding primary
      references rename replace returning revoke right rollback row rows select set table temporary then to transaction
      trigger true truncate unbounded union unique update using values view when where window with without`,
    kinds: `abs avg bigint blob boolean bytea char coalesce count date decimal double float int integer interval json jsonb
      lower max min numeric real round serial smallint sum text time timestamp timestamptz upper uuid varchar`,
    ignoresCase: true,
  },
  {
    names: 'typescript ts tsx mts cts',
    rules: SCRIPT,
    words: `${SCRIPT_WORDS} abstract asserts declare enum implements infer interface is keyof module namespace override private
      protected public readonly satisfies type unique`,
    kinds: 'any bigint boolean never number object string symbol unknown',
    hasCapitalTypes: true,
  },
  {
    names: 'xml html xhtml svg rss atom plist vue svelte',
    rules: [
      [/<!--[\s\S]*?(?:-->|(?![\s\S]))|<[!?][^>]*>?/, 'soft'],
      [/(?<=<\/?)[\p{L}_][\p{L}\p{N}_:.-]*/u, 'word'],
      [/(?<==)(?:"[^"]*"?|'[^']*'?)/, 'string'],
      [/&#?\w{1,30};/, 'number'],
      [/[\p{L}_@:][\p{L}\p{N}_:@.-]*=?/u, (found) => (found.endsWith('=') ? 'key' : null)],
    ],
  },
  {
    names: 'yaml yml',
    rules: [
      [/(?<!\S)#[^\n]*|^---[^\n]*/, 'soft'],
      [/(?:"(?:[^"\\\n]|\\[\s\S])*"?|'[^'\n]*'?)(?::(?!\S))?/, (found) => (found.endsWith(':') ? 'key' : 'string')],
      [/(?<!\S)[&*!][\w-]+/, 'number'],
      [/[\p{L}_$][\p{L}\p{N}_$./-]*(?::(?!\S))?/u, yamlWord],
      NUMBER,
    ],
  },
];

function yamlWord(found: string): Colour | null {
  if (found.endsWith(':')) return 'key';
  return /^(?:true|false|null|yes|no|on|off)$/i.test(found) ? 'word' : null;
}
