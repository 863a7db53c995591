import { describe, expect, test } from 'vitest';
import { type Consent, readConsent } from '../../../src/input/consent.ts';

// What words mean as the answer to "OK to run this?". A wrong yes is the one mistake that cannot be undone, so
// everything but a plain yes is asked about, given to the agent, or treated as a separate text.

const SAID: Record<Consent, string> = {
  yes: `
    yes | y | Yes. | YES!!! | yesss | yes please | yes, thanks | yep | yup | yeah | yeah sure | sure | sure, go ahead |
    ok | OK. | okk | k | kk | okay | ok cool | ok then | alright | fine | that's fine | That’s fine by me | it's ok |
    do it | just do it | please do | go | go ahead | go for it | go on | let's do it | proceed | approve | Approved |
    I approve | approve it | allow | allow it | of course | sounds good | looks good to me | lgtm | yes yes | yes yes yes |
    you can | you may | you can do it | by all means | ok, just this once | yes, but only this once | ja, aber nur diesmal | sí, pero solo esta vez | oui, mais juste cette fois | please go ahead and run it | I'm okay with that | yes, I'm sure | yes 😊 | 👍 | 👍🏽 | 👍👍 | 👌 | ✅ | +1 |
    yes u can | u can | yes I do | go4it | np, go ahead | all good to go | crack on | have at it | ja kannst du | jo mach ma | basst scho | ándale | hágale |
    ja | ja bitte | Jaaa | klar | na klar | mach | mach das | mach es | gerne | passt | in ordnung | geht klar | einverstanden |
    von mir aus | natürlich | du darfst | los | nur zu | ja, danke! |
    sí | si | si claro | si, hazlo | si hazlo | vale si | sí es seguro | sí, por favor | claro | claro que sí | vale | dale | adelante | hazlo | de acuerdo | por supuesto | ok, gracias |
    oui | ouais | oui merci | d'accord | d’accord | vas-y | c'est bon | bien sûr | fais-le | allez-y | ça marche |
    sim | sim, por favor | claro que sim | pode | pode fazer | tudo bem | com certeza | beleza | manda ver | vá em frente |
    sì | certo | va bene | fallo | procedi | fai pure | certo che sì | d'accordo | sì grazie | volentieri`,
  no: `
    no | n | No. | NO!!! | noo | nope | nah | nah mate | no thanks | no thank you | no way | no, wait | no, don't ask again | not now | not yet |
    not today | don't | don’t | do not | don't do it | please don't | never | deny | denied | reject | cancel it | skip it |
    absolutely not | of course not | rather not | I'd rather not | better not | I don't think so | not approved | not yes |
    never mind | later | maybe later | hell no | no no no | stop it | leave it | no, use staging instead | no: it is too early |
    no, do it on staging instead | don't touch my files please | bad idea | not a good idea | no please don't | I'd rather you didn't | 👎 | 👎🏿 | ❌ | 🚫 | -1 |
    nein | nein danke | nö | nee | lieber nicht | besser nicht | jetzt nicht | nicht jetzt | noch nicht | auf keinen Fall |
    mach das nicht | lass es | lass das sein | bitte nicht | später | passt nicht |
    no gracias | ahora no | todavía no | mejor no | no lo hagas | para nada | ni hablar | claro que no | prefiero que no |
    non | non merci | pas maintenant | pas encore | surtout pas | ne fais pas ça | laisse tomber | plutôt pas | jamais |
    não | não, obrigado | agora não | ainda não | melhor não | não faça isso | de jeito nenhum | nem pensar | deixa pra lá |
    no grazie | non ora | non farlo | meglio di no | assolutamente no | lascia stare | preferirei di no | non ancora`,
  always: `
    always | Always! | always please | yes, always | always allow | allow always | immer | siempre | toujours | sempre |
    yes, don't ask again | ok, don't ask me again | always, don't ask me again | ja, frag nicht mehr | sí, siempre, no me preguntes más |
    oui, ne me demande plus | sim, não pergunte mais | sì, non chiedere più`,
  condition: `
    yes but only on staging | ok if the tests pass | yes, if CI is green | sure, but not on main | go ahead once the build is done |
    yes after lunch | yes, in a branch | ok with --dry-run | approve, but only this file | ok when the meeting is over | yes, only the first one | ok unless it breaks prod | yes later | ok tomorrow | yes except main |
    do it without --force | yes, but don't touch the database | if the tests pass, go ahead | only on staging | yes and add a test too |
    run the tests first, then go ahead | as long as it is reversible, ok | yes provided nothing is deleted | go ahead but be careful |
    ja, aber nur auf staging | ok wenn die Tests laufen | mach das, aber erst morgen | nur wenn alles grün ist | ja, ohne force |
    sí, pero solo en staging | hazlo si pasan los tests | vale, cuando termines | ok si no borra nada importante | vale si pasan los tests | adelante, pero sin force |
    oui mais seulement sur staging | d'accord si les tests passent | vas-y, mais après les tests | ok sauf main |
    hazlo si puedes | si es seguro hazlo | si apruebo | ok si es seguro | si c'est bon vas-y | vas-y si c'est bon |
    oui si c'est ok | si d'accord | y si vale |
    sim, mas só no staging | pode fazer se os testes passarem | sim, desde que não apague nada |
    sì, ma solo su staging | va bene se i test passano | fallo, però prima i test`,
  doubt: `
    hmm | hm | maybe | perhaps | not sure | I'm not sure | I guess | idk | wait | hold on | one sec | let me think | whatever |
    up to you | yes? | sure? | ok? | yes? why | really? | yes no | no yes | yes and no | ok no | yeah no | yeah right | not no |
    no idea | no problem | no worries | why not | don't worry | yesterday | oyes | noon | as always | yes as always | always ask |
    ok what did I say before | banana | hello | thanks | please | cool | good | great | 🤔 | 😂 | ❤️ | ok 😂 | ... | ? | no errors found |
    don't stop | yes, cancel it | says ok | all good | yes maybe | go away | approve nothing | I said yes to the other thing | go to the store | fine-tune the model | mom said yes |
    vielleicht | jein | keine Ahnung | kein Problem | warum nicht | moment | ja ja | ja nein | mach das nicht, ja |
    quizás | no sé | espera | depende | peut-être | je ne sais pas | attends | pourquoi pas | talvez | não sei | pode ser |
    forse | non lo so | aspetta | boh |
    run it again | do that again please | send it again | yes again | run this: | yes: | yes... | sure… | ~yes~ | y̶e̶s̶ | > yes |
    yes⁉️ | yes‽ | yes :/ | sure :( | pff ok | ja gleich | mach gleich | why not go ahead | pourquoi pas vas-y | don't hesitate | ye right | do it right | cancel my 3pm dentist reminder |
    skip the lint step in the CI config | never use tabs in this project | mach's gut | ja toll | danke, passt | vas-y si tu veux | na it's fine | it's ok thanks |
    c'est bon, merci | tudo bem, obrigado | está bien, gracias | sí hombre | fallo bene | já vai | pois sim | always great | always right |
    always that | immer gut | siempre bien | don't ask me again | frag nicht mehr | no me preguntes más`,
  question: `
    why? | what does this do? | what did I say before? | is that safe? | how long will it take? | where does it go |
    did you push it ok? | why would I say yes | tell me what it does | can you explain what this does? |
    was macht das? | warum | ist das sicher? | ¿qué hace? | por qué | c'est quoi ? | pourquoi | o que é isso? | che cosa fa?`,
  words: `
    please list the files in src | add a readme with a short example | remind me in ten minutes to call mum |
    you can list the files now | add a button that says ok | the tests of yesterday look ok to me | can you add a test for the parser? | look at the log of the last run |
    schreib bitte noch einen Test dazu | lista los archivos del proyecto | ajoute un test pour le parseur`,
};

describe('as an answer to a question of consent', () => {
  const rows = Object.entries(SAID).flatMap(([meant, said]) =>
    said.split('|').map((text) => [text.trim(), meant as Consent] as const),
  );
  test.each(Object.keys(SAID))('words that mean “%s”', (meant) => {
    const read = rows.filter(([, of]) => of === meant).map(([text]) => [text, readConsent(text)]);
    expect(read).toEqual(read.map(([text]) => [text, meant]));
  });

  test('a yes with anything beside it that is no word of yes is no yes', () => {
    const plain = rows.filter(([, meant]) => meant === 'yes').map(([text]) => text);
    const beside = [
      'not',
      'no',
      'but',
      'if',
      'zebra',
      'staging',
      'wait',
      '?',
      'maybe',
      'nicht',
      'pas',
      'não',
      'mai',
      'only',
      '🤔',
    ];
    const wrong = plain.flatMap((yes) =>
      beside
        .flatMap((word) => [`${yes} ${word}`, `${yes}, ${word}`, `${word} ${yes}`, `${word}, ${yes}`])
        .filter((text) => ['yes', 'always'].includes(readConsent(text))),
    );
    expect(wrong).toEqual([]);
  });

  test('a text that is too long to be read to its end is no yes', () => {
    for (const between of [' ', '\n', 'yes '])
      expect(readConsent(`yes ${between.repeat(1000)} only on staging`)).toBe('doubt');
  });

  test('the length of a text costs no more than reading it', () => {
    const shapes = ['yes ', 'no', 'y', '👍', 'not sure ', '\u0301', '?', 'do '];
    for (const shape of shapes) expect(readConsent(shape.repeat(64_000))).toBeTypeOf('string');
  });
});
