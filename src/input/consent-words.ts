import { makeOnce } from '../lazy.ts';
import { ENGLISH } from './english-consent.ts';

// The words of yes and no that consent.ts looks for: lowercase, without accents and apostrophes; commas separate
// phrases. The longest phrase wins, so "not sure" is a doubt although "sure" is a yes. A phrase that can mean either is
// left out or counts as a doubt: asking again costs a tap, but a wrong yes can cost the work.

export type Sort = keyof ReturnType<typeof getPhrases>;

const GERMAN = {
  yes: `ja kannst du, ja darfst du, mach ma, jo mach ma, ja mach ma, basst, basst scho, passt fur mich, das passt fur mich, mach das bitte, mach es bitte, jo passt, bin dafur, ich bin dafur, ich bin einverstanden, bin einverstanden, ja, jap, jep, jupp, jup, jo, jawohl, jawoll, klar, na klar, klaro, aber klar, ja klar, sicher, aber sicher, na sicher, es ist ok, es ist okay, es ist in ordnung, es passt, es geht,
    naturlich, natuerlich, aber naturlich, selbstverstandlich, gern, gerne, sehr gerne, ja gerne, ja bitte, bitte ja,
    passt, das passt, passt so, in ordnung, geht in ordnung, ist in ordnung, das ist in ordnung, geht klar, alles klar,
    mach, mach es, mach das, machs, mach mal, mach ruhig, mach weiter, mach nur, mach bitte, bitte mach,
    bitte mach das, bitte mach es, mach schon, tu es, tu das, tus, los, los gehts, na los, auf gehts, leg los, nur zu,
    weiter, weitermachen, mach weiter so, einverstanden, genehmigt, genehmige, ich genehmige, erlaubt, erlaube,
    ich erlaube, ich erlaube es, erlauben, kannst du machen, kannste machen,
    du kannst das machen, das geht, das ist ok, das ist okay, ist ok, ist okay, ist gut, das ist gut, ok fur mich,
    okay fur mich, fur mich ok, fur mich okay, von mir aus, meinetwegen, auf jeden fall, unbedingt, freigegeben,
    freigabe, ausfuhren, fuhr es aus, fuhre es aus, bestatigt, bestatige, ich bestatige, zugestimmt, ich stimme zu,
    stimme zu, akzeptiert, ich akzeptiere, akzeptiere, jawohl ja, aber ja, aber gerne, aber gern, jo mach, ja mach`,
  may: `darfst du, du darfst, du kannst, du kannst das`,
  no: `nicht machen, das nicht, keine gute idee, schlechte idee, nicht tun, nicht ausfuhren, kein bedarf, auf keinsten, nein, ne, nee, passt nicht, das passt nicht, passt mir nicht, noe, nein danke, danke nein, ne danke, nee danke, nicht, bitte nicht, lieber nicht, besser nicht,
    eher nicht, eher nein, lieber nein, auf keinen fall, auf gar keinen fall, keinesfalls, keineswegs, niemals, nie,
    jetzt nicht, nicht jetzt, noch nicht, jetzt noch nicht, gerade nicht, momentan nicht, im moment nicht, gar nicht,
    uberhaupt nicht, heute nicht, nicht heute, naturlich nicht, natuerlich nicht, sicher nicht, ganz sicher nicht,
    bestimmt nicht, mach das nicht, mach es nicht, machs nicht, mach nicht, mach das lieber nicht, mach das bitte nicht,
    mach es bitte nicht, bitte mach das nicht, tu das nicht, tu es nicht, das geht nicht, geht nicht, ist nicht ok,
    nicht ok, nicht okay, nicht gut, nicht erlaubt, nicht genehmigt, nicht einverstanden, du darfst nicht,
    das darfst du nicht, darfst du nicht, lass, lass es, lass das, lass sein, lass es sein, lass das sein, lass mal,
    lass es lieber, lass das lieber, abgelehnt, ablehnen, lehne ab, ich lehne ab, abbrechen, abbruch, verboten,
    verweigert, verweigere, ich verweigere, vergiss es, ohne mich, bloss nicht, ja nicht, kommt nicht in frage,
    will ich nicht, das will ich nicht, ich will das nicht, ich mochte das nicht, ich moechte das nicht, nix da,
    glaube nicht, ich glaube nicht, ich glaub nicht, stopp, anhalten, hor auf, hoer auf, aufhoren, aufhoeren, finger weg`,
  later: `spater, spaeter, ein andermal, ein anderes mal, morgen, nachher, heute abend`,
  wait: `gleich, warte, warte mal, warte kurz, bitte warten, moment, moment mal, einen moment, moment bitte, sekunde,
    eine sekunde, augenblick, langsam, halt mal`,
  always: `immer, immer erlauben, immer ja, ja immer, fur immer`,
  doubt: `machs gut, mach es gut, ja toll, danke passt, danke das passt, danke geht, vielleicht, eventuell, mal sehen, mal schauen, weiss nicht, ich weiss nicht, ich weiss es nicht, weiss ich nicht,
    keine ahnung, kein problem, kein ding, kein thema, hm ja, jein, egal, mir egal, ist mir egal, kommt drauf an,
    unsicher, nicht sicher, bin nicht sicher, ich bin nicht sicher, bin mir nicht sicher, ich bin mir nicht sicher,
    wie du willst, wie du meinst, wenn du willst, wenn du meinst, wohl, wohl schon, glaub schon, ich glaube schon,
    ich glaube ja, joa, naja, na ja, na gut, echt, wirklich, ernsthaft, warum nicht, wieso nicht, nicht nein, ach so, verstehe,
    ja ja, jaja, ja nein, nein ja, schon`,
  but: `nach, aber, nur, wenn, falls, sobald, erst, ausser, solange, nachdem, bevor, unter der bedingung, unter einer bedingung,
    vorausgesetzt, statt, stattdessen, anstatt, sofern, zuerst, zunachst, vorher, davor, ohne, lediglich, bis auf,
    allerdings, jedoch, doch nicht, hauptsache, bloss, nach dem, danach, dafur`,
  with: `mit, im, auf, am, in der, in dem, fur, und, bei, unter, gegen, mittels, bis`,
  neutral: `bitte, bitte schon, danke, danke dir, vielen dank, danke schon, danke sehr, mal, doch, dann, also, jetzt, sofort, ruhig, einfach,
    gut, super, prima, perfekt, toll, klasse, genau, stimmt, richtig, diesmal, dieses mal, nur diesmal, nur dieses mal, aber nur diesmal, aber nur dieses mal, aber nur dies eine mal,
    nur einmal, nur dieses eine mal, ach, na dann, halt nur, das, es, mein freund, kumpel, alter`,
  why: `warum, wieso, weshalb, was, wie, wo, wer, wen, wem, wozu, wofur, welche, welcher, welches, welchen, wann, wohin,
    woher, ist das, ist es, bist du, hast du, machst du, soll ich, sollen wir, kann ich, darf ich, gibt es, hat es, erklar,
    erklare, erklaer, sag mir, erzahl, was ist mit, kannst du erklaren, kannst du mir sagen, kannst du mir erklaren`,
  ask: `kannst du, konntest du, koenntest du, wurdest du, kannst du bitte, konntest du bitte, kannst du mal`,
} as const;

const SPANISH = {
  yes: `andale, hagale, dale nomas, dale no mas, estoy de acuerdo, si dale, si hazlo, por mi ok, hazlo ya mismo, si, sip, sep, claro, claro que si, si claro, por supuesto, por supuesto que si, desde luego, vale, dale, venga, ok vale,
    de acuerdo, deacuerdo, esta bien, hazlo, haz lo, hacelo, hazlo ya, adelante, procede, proceda, procedamos, continua, sigue, sigue adelante,
    siga, me parece bien, me parece perfecto, por mi bien, aprobado, apruebo, lo apruebo, aprueba, apruebalo, aprobar, acepto, lo acepto,
    aceptar, aceptado, permitido, permite, permitelo, lo permito, permito, permitir, autorizado, autorizo, lo autorizo,
    confirmo, confirmado, confirmalo, ejecutalo, ejecuta, ejecutar, como no, seguro, si seguro, obvio, puedes hacerlo, puede hacerlo, tienes permiso, con gusto, si por favor, por favor si, por favor hazlo, hazlo por favor,
    que si, si senor, simon, orale`,
  may: `puedes, puede`,
  no: `ni se te ocurra, mejor luego, mala idea, no es buena idea, no es necesario, no hace falta, ni pensarlo, eso no, no gracias, gracias pero no, ahora no, no ahora, no por ahora, por ahora no, todavia no, aun no, no todavia, no aun, no lo hagas,
    no hagas eso, no hagas nada, no hagas esto, no lo haga, no hacerlo, no lo ejecutes, no ejecutes eso, mejor no, mejor que no, mejor no lo hagas,
    nunca, jamas, para nada, de ninguna manera, de ningun modo, ni hablar, ni de broma, ni loco, en absoluto, negado, negar, niego, denegado,
    denegar, deniego, lo deniego, rechazado, rechazar, rechazo, lo rechazo, cancelar, cancela, cancelalo, cancelado, dejalo, dejalo asi,
    dejalo estar, olvidalo, olvidate, no quiero, no lo quiero, prefiero que no, preferiria que no, preferiria no, prefiero no, creo que no,
    pienso que no, claro que no, por supuesto que no, desde luego que no, seguro que no, hoy no, no hoy, no puedes, no puede,
    no se puede, no esta bien, no vale, no de acuerdo, no estoy de acuerdo, no acepto, no lo acepto, no apruebo, no lo apruebo, no autorizo,
    no lo autorizo, no permitido, no permito, no lo permito, no procedas, no sigas, no continues, que no, detente, detenlo, parate, para ya,
    alto, alto ahi, no me parece, no me parece bien, no me gusta`,
  later: `luego, mas tarde, mas luego, despues, otro dia, en otro momento, manana`,
  wait: `espera, esperate, espere, un momento, un segundo, un minuto, momentito, dame un momento, aguanta, aguarda`,
  always: `siempre, siempre si, si siempre, permitir siempre, siempre permitir`,
  doubt: `hombre, hazlo bien, esta bien gracias, gracias esta bien, quizas, quiza, tal vez, a lo mejor, no se, no lo se, no estoy seguro, no estoy segura, no seguro, a ver, depende, no hay problema,
    sin problema, sin problemas, ningun problema, no problem, da igual, me da igual, como quieras, como veas, si quieres, lo que quieras,
    supongo, supongo que si, creo que si, eso creo, puede ser, podria ser, puede que si, por que no, porque no, pues, pues si, bueno, ya esta, no importa,
    no te preocupes, en serio, de verdad, ya veremos, si y no, ni idea, ya, ya ya, ya no, no ya`,
  but: `pero, solo, solamente, unicamente, cuando, siempre que, siempre y cuando, a menos que, salvo, excepto, antes, primero,
    en cuanto, tras, con tal de, sin, siempre que no, con la condicion, a condicion, con una condicion, con cuidado, cuidado, hasta que,
    hasta, mientras, si pasan, si pasa, en lugar, en vez`,
  with: `en, con, desde, para, sobre, durante`,
  neutral: `por favor, porfa, porfavor, gracias, muchas gracias, ahora, ahora mismo, entonces, bien, muy bien, perfecto,
    excelente, genial, estupendo, correcto, exacto, amigo, tio, jefe, esta vez, por esta vez, solo esta vez, solo por esta vez, pero solo esta vez, pero solo por esta vez, una vez, solo una vez,
    eso, lo, eso es`,
  why: `por que, que, que es, que hace, como, donde, quien, cual, cuales, cuanto, cuantos, para que, puedo, debo, explica,
    explicame, dime, cuentame, puedes explicar, puedes explicarme, puedes decirme, me puedes explicar, me puedes decir, que tal`,
  ask: `me puedes, podrias, puede usted, podria, me podrias`,
} as const;

const FRENCH = {
  yes: `je suis daccord, je suis d accord, cest bon pour moi, cest daccord, ok vas y, tu as mon accord, bonne idee, oui, ouais, ouep, ouaip, oui oui, bien sur, biensur, bien entendu, evidemment, daccord, d accord, dac, dacodac, vas y, vasy, allez y,
    allez, oui vas y, go go, fais le, fais la, faites le, fais ca, fais donc, cest bon, c est bon, c bon, cest ok, c est ok, ca marche, ca me va,
    ca roule, entendu, volontiers, avec plaisir, absolument, tout a fait, certainement, approuve, japprouve, j approuve, approuver, jaccepte, j accepte,
    accepte, accepter, autorise, autoriser, jautorise, j autorise, je confirme, confirme, confirmer, je valide, valide, valider, continue, continuez, lance, lance le,
    lancez, execute, executez, tu peux y aller, vous pouvez y aller, tu peux le faire, je veux bien, oui merci, oui stp, oui svp,
    permis, carrement, pour moi cest bon, pour moi cest ok, bien evidemment, mais oui, mais bien sur, ben oui, bah oui, eh oui, si si, ok pour moi, feu vert`,
  may: `tu peux, vous pouvez`,
  no: `pas ca, mauvaise idee, ce nest pas une bonne idee, pas une bonne idee, pas necessaire, non pas ca, jamais de la vie, je ne suis pas daccord, non, nan, nn, non merci, merci non, pas maintenant, maintenant non, pas encore, pas question, pas question de ca, surtout pas, jamais, jamais de la vie,
    pas du tout, ne fais pas ca, ne le fais pas, ne fais pas cela, ne fais rien, ne fais pas, ne faites pas ca, ne le faites pas, fais pas ca, le fais pas,
    plutot pas, plutot non, vaut mieux pas, mieux vaut pas, il vaut mieux pas, mieux vaut eviter, je prefere pas, je prefere que non, je ne prefere pas,
    je prefererais pas, absolument pas, certainement pas, surement pas, bien sur que non, je refuse, refuse, refuser, refus, annule, annuler, annulez, annule ca,
    laisse, laisse tomber, laissez tomber, laisse ca, oublie, oublie ca, une autre fois, hors de question, pas aujourdhui, pas la peine, inutile,
    je ne crois pas, je crois pas, je pense pas, je ne pense pas, je crois que non, je ne veux pas, je veux pas, rejete, rejeter, interdit, pas daccord, pas d accord, je ne suis pas daccord,
    pas autorise, pas ok, pas bon, cest pas bon, pas cette fois, tu ne peux pas, tu peux pas, arrete, arretez, arrete ca, arrete toi, mais non, ben non, bah non, que non, touche pas,
    ne touche pas, ny touche pas, ne lance pas, ne lance pas ca, ne continue pas, niet, negatif`,
  later: `plus tard, tout a lheure, demain, apres, ce soir, un autre jour`,
  wait: `attends, attendez, un instant, un moment, une seconde, une minute, minute, doucement, attends un peu, patience`,
  always: `toujours, toujours oui, oui toujours, toujours autoriser, autoriser toujours`,
  doubt: `fais le bien, cest bon merci, merci cest bon, ca va, peut etre, peutetre, je sais pas, je ne sais pas, jsais pas, jsp, sais pas, bof, pas sur, pas sure, je ne suis pas sur, je suis pas sur, je ne suis pas sure,
    pas de probleme, pas de souci, pas de soucis, aucun probleme, aucun souci, ca depend, on verra, si tu veux, si vous voulez, comme tu veux, comme vous voulez,
    je suppose, je crois, je crois que oui, je pense, je pense que oui, pourquoi pas, ah bon, vraiment, serieux, serieusement, oui et non, oui non, non oui, aucune idee, ca mest egal, peu importe, mouais,
    ca va pas, je sais, je vois, compris`,
  but: `mais, seulement, uniquement, quand, lorsque, des que, sauf, a condition, a une condition, a moins, avant, dabord, d abord, sans, tant que, une fois que, pourvu que, hormis, excepte,
    attention, prudence, au lieu, jusqua, si les, si le, si la, si tout, si ca, ne pas, juste sur, juste pour, juste le, juste la`,
  with: `dans, sur, avec, en, pour, et, pendant, chez`,
  neutral: `sil te plait, sil vous plait, s il te plait, s il vous plait, stp, svp, merci, merci bien, merci beaucoup, alors, donc, maintenant, tout de suite, parfait, super, genial, exact, exactement,
    tres bien, bien, bon, juste, cette fois, pour cette fois, juste cette fois, mais juste cette fois, mais seulement cette fois, cette fois ci, juste une fois, eh bien, ben, bah, mon ami, mec, chef, ca, le`,
  why: `pourquoi, quoi, quest ce, qu est ce, comment, ou est, qui, quel, quelle, quels, quelles, combien, est ce que, est ce, cest quoi, explique, expliquez, dis moi, dites moi, a quoi,
    tu peux expliquer, tu peux mexpliquer, peux tu expliquer, peux tu mexpliquer, peux tu me dire, pouvez vous expliquer, y a til`,
  ask: `peux tu, pouvez vous, pourrais tu, pourriez vous, tu pourrais, est ce que tu peux`,
} as const;

const PORTUGUESE = {
  yes: `pode ir em frente, estou de acordo, de acordo, por mim ok, podes avancar, pode avancar, sim, sim claro, claro que sim, com certeza, tudo bem, ta bom, ta bem, esta bom, ta ok, ta certo, esta certo, certo, beleza, blz, pode sim, pode fazer, podes fazer,
    pode ir, podes ir, pode rodar, pode executar, pode mandar, pode prosseguir, pode continuar, faz, faz isso, faca, faca isso, faca o, faz favor de fazer, faze lo, manda ver, manda bala, manda, vai, vai em frente,
    vai nessa, va em frente, em frente, avanca, avance, avancar, segue, siga em frente, segue em frente, prossiga, prossegue, continue, aprovado, aprovo, eu aprovo, aprova, aprove, aprovar, aceito, aceite, eu aceito, aceitar,
    permitir, permito, autorizar, eu autorizo, concordo, eu concordo, bora, com prazer, por mim tudo bem, sim por favor, por favor sim, combinado, fechado, de boa, positivo, e claro, executa, execute, claro claro`,
  may: `pode, podes, voce pode`,
  no: `nao precisa, nao e preciso, ma ideia, nao e boa ideia, isso nao, nem penses, nem pense nisso, nao, naum, nao obrigado, nao obrigada, obrigado nao, agora nao, ainda nao, nao agora, por enquanto nao, por agora nao, nao faca, nao faca isso, nao facas isso, nao facas, nao faz isso, nao faz, nao o faca, nao execute, nao executa,
    melhor nao, e melhor nao, acho melhor nao, prefiro que nao, prefiro nao, preferia que nao, de jeito nenhum, de jeito algum, de maneira nenhuma, de modo algum, de forma alguma, de forma nenhuma, nem pensar, nem a pau, nunca mais,
    negado, nego, recusado, recuso, eu recuso, recusar, rejeitado, rejeito, rejeitar, cancela isso, cancele, cancele isso, deixa, deixa pra la, deixa para la, deixe, deixe pra la, deixa estar, deixa isso, esquece, esqueca, esquece isso, nao quero,
    hoje nao, nao hoje, acho que nao, creio que nao, claro que nao, com certeza nao, nao pode, nao podes, nao permitido, nao autorizo, nao aprovo, nao aceito, nao concordo, nao esta bem, nao ta bom, nao ta certo, desta vez nao, dessa vez nao, pare, pare com isso, pare ja, para com isso, para de fazer isso, nao mexa, nao mexas, nao toque, nao gosto, nao prossiga, nao continue`,
  later: `depois, mais tarde, amanha, outra hora, outro dia, logo, mais logo, daqui a pouco`,
  wait: `espera ai, espera um pouco, perai, pera, calma, um minuto, um instante, so um momento, so um minuto, so um instante, aguarde, aguarda, espera la`,
  always: `sempre, sempre sim, sim sempre, permitir sempre, sempre permitir, sim nao pergunte mais`,
  doubt: `pois sim, tudo bem obrigado, tudo bem obrigada, ta bom obrigado, ta bom obrigada, talvez, nao sei, sei la, quem sabe, sem problema, sem problemas, nao tem problema, nao ha problema, nenhum problema, tanto faz, nao tenho certeza, nao tenho a certeza, sem certeza, pode ser, acho que sim, creio que sim, acho, suponho, como quiser,
    como quiseres, se quiser, se quiseres, voce decide, tu decides, por que nao, porque nao, serio, a serio, vamos ver, depende, sim e nao, nao sim, sim nao, nem sim nem nao, hum, pois, pois e, entendi, percebi, nao faco ideia, nao importa, nao se preocupe, nao te preocupes`,
  but: `mas, somente, apenas, se, quando, desde que, a menos que, a nao ser, exceto, menos, primeiro, assim que, sem, contanto, caso, ate, enquanto, com a condicao, com uma condicao, cuidado, com cuidado, porem, em vez, ao inves, depois de, depois que, antes de, antes que`,
  with: `em, com, na, num, numa, durante, ate as`,
  neutral: `se faz favor, por gentileza, faz favor, sff, pf, pfv, pfvr, obrigado, obrigada, muito obrigado, muito obrigada, valeu, vlw, agora, entao, perfeito, otimo, optimo, isso, isso mesmo, exato, legal, bom, desta vez, dessa vez, so desta vez, so dessa vez, so uma vez, uma vez, apenas desta vez, apenas uma vez,
    ai, amigo, cara, mano, chefe, o, e`,
  why: `por que, porque, o que, o que e, que, qual, quais, quem, como, onde, quanto, quantos, por que voce, e isso, explica, explique, me explica, me diz, me diga, diz me, pode explicar, podes explicar, pode me explicar, pode me dizer, cade`,
  ask: `voce poderia, pode me, podes me, poderia, podias`,
} as const;

const ITALIAN = {
  yes: `per me si, fai pure cosi, ok procedi, vai tranquillo, certo che si, si certo, certo, certamente, sicuro, sicuramente, ovvio, ovviamente, naturalmente, va bene, vabbene, vabene, va benissimo, per me va bene, per me ok, mi va bene, ok va bene, fallo, falla, fallo pure, fai, fai pure, fai cosi, fallo subito, procedi, procedi pure, prosegui, prosegui pure, procedere, vai, vai pure, vai avanti, vai vai,
    avanti, avanti cosi, continua pure, approvo, lo approvo, approvato, approva, approvare, accetto, lo accetto, accettato, accetta, autorizzo, lo autorizzo, autorizzato, consentito, consenti, consento, lo consento, permetto, lo permetto, permesso accordato, confermo, confermato, conferma, volentieri, assolutamente si, puoi farlo, puoi procedere, puoi andare, puo farlo, puo procedere,
    si grazie, si per favore, si prego, esegui, eseguilo, sisi, si si, ci sto, affare fatto, daje, andiamo, sono daccordo, sono d accordo, daccordo, d accordo`,
  may: `puoi`,
  no: `cattiva idea, non e una buona idea, non serve, non ce bisogno, questo no, neanche a parlarne, nemmeno a parlarne, no grazie, grazie no, non ora, non adesso, adesso no, ora no, per ora no, non ancora, ancora no, meglio di no, meglio no, e meglio di no, preferirei di no, preferirei no, preferisco di no, preferisco no, mai, mai e poi mai, assolutamente no, certo che no, certamente no, sicuramente no, ovviamente no, naturalmente no, per niente, niente affatto, affatto, non farlo, non farla, non lo fare, non fare, non farlo per favore, non fare niente, non fare nulla,
    non eseguirlo, non lo eseguire, non procedere, non continuare, nego, negato, rifiuto, lo rifiuto, rifiutato, rifiuta, rifiutare, respinto, annulla, annullare, annullato, annullalo, lascia stare, lasciare stare, lascia perdere, lascialo, lascialo stare, lascia, dimentica, dimenticalo, lasciamo stare, lasciamo perdere, unaltra volta, un altra volta, oggi no, non oggi, non credo, credo di no, penso di no, direi di no, neanche per sogno, nemmeno per sogno, macche, ma no, non voglio, non lo voglio, non va bene, non sono daccordo, non daccordo,
    non puoi, non puoi farlo, non autorizzo, non lo autorizzo, non approvo, non lo approvo, non accetto, vietato, proibito, questa volta no, stavolta no, ferma, fermati, fermo, fermalo, basta, basta cosi, smettila, non toccare, non toccarlo, non mi piace, no no`,
  later: `piu tardi, dopo, domani, stasera, un altro giorno, un altro momento, magari dopo`,
  wait: `aspetta, aspetti, aspetta un attimo, un attimo, un secondo, attendi, attimo, calma, piano, un attimino`,
  always: `si sempre, consenti sempre, sempre si`,
  doubt: `fallo bene, fai bene, forse, non so, non lo so, boh, mah, beh, dipende, nessun problema, non ce problema, non c e problema, non ce nessun problema, vediamo, vedremo, puo darsi, non sono sicuro, non sono sicura, non sicuro, credo di si, penso di si, credo, direi, direi di si, immagino, magari, fai tu, decidi tu, come vuoi, come preferisci, se vuoi, perche no, davvero, sul serio, si e no, no si, non importa, fa lo stesso, indifferente, ho capito, capito, assolutamente, nessuna idea, vabbe, vabbuo`,
  but: `ma, pero, soltanto, se, purche, a patto, a meno, tranne, salvo, prima, appena, senza, a condizione, a una condizione, solo se, solo quando, finche, attenzione, attento, invece, piuttosto, eccetto, a parte, dopo che, dopo aver`,
  with: `su, con, nel, nella, sul, sulla, durante, da`,
  neutral: `per favore, per piacere, perfavore, prego, grazie, grazie mille, allora, quindi, adesso, ora, subito, perfetto, esatto, giusto, bene, benissimo, ottimo, bravo, dai, questa volta, per questa volta, solo questa volta, solo per questa volta, solo stavolta, stavolta, una volta, solo una volta, amico, capo, pure, ecco, ah`,
  why: `perche, cosa, che cosa, che, come mai, dove, chi, quale, quali, quanto, quanti, cose, cos e, e vero, spiega, spiegami, dimmi, puoi spiegare, puoi spiegarmi, puoi dirmi, mi spieghi, mi dici, a cosa`,
  ask: `puoi per favore, potresti, mi puoi, puo per favore, potrebbe, mi potresti`,
} as const;

const LANGUAGES = [ENGLISH, GERMAN, SPANISH, FRENCH, PORTUGUESE, ITALIAN] as const;
const inAll = (sort: keyof typeof ENGLISH): string[] => LANGUAGES.flatMap((language) => phrases(language[sort]));

/** Words after "si" without its accent that keep it a yes. Before anything else it is "if". */
export const AFTER_SI: readonly string[] =
  `claro, vale, ok, okay, adelante, procede, dale, venga, ejecutalo, de acuerdo, por supuesto, va bene, fallo, fallo pure,
  procedi, procedi pure, vai, vai pure, fai, fai pure, certo, volentieri`
    .split(',')
    .map((phrase) => phrase.trim());

/** These words refuse by themselves. Other words of no can belong to what follows: "cancel my appointment". */
export const NAYS: readonly string[] = 'no n nope nop nah naw nay nein ne nee noe non nan nn nao naum dont nicht'.split(
  ' ',
);

/** A word that negates what follows. */
const NOT = 'not nicht non pas nao dont never kein keine keinen'.split(' ');

/** Beside a yes they mean always. Alone they may also mean "stop bothering me". */
const UNASKED =
  phrases(`dont ask again, dont ask me again, dont ask anymore, dont ask me anymore, no need to ask again, never ask again,
  frag nicht mehr, frag mich nicht mehr, frag nicht nochmal, nicht mehr fragen, ohne zu fragen,
  no me preguntes mas, no preguntes mas, no vuelvas a preguntar, ne demande plus, ne me demande plus,
  nao pergunte mais, nao precisa mais perguntar, nao precisa perguntar mais, non chiedere piu, non chiedermelo piu`);

export const getPhrases = makeOnce(() => ({
  yes: inAll('yes'),
  /** Yes only if nothing else is requested: "you can", but not "you can list the files". */
  may: inAll('may'),
  no: inAll('no'),
  later: inAll('later'),
  wait: inAll('wait'),
  always: inAll('always'),
  unasked: UNASKED,
  doubt: inAll('doubt'),
  but: inAll('but'),
  /** The words after it say more than yes. */
  with: inAll('with'),
  neutral: inAll('neutral'),
  why: inAll('why'),
  ask: inAll('ask'),
  not: NOT,
}));

/** Words that stop the work. `beside`: words that may stand around them. */
export const STOP = {
  words: phrases(
    `stop, stop it, stop that, stop this, stop stop, stop stop stop, stop everything, stop all, stop working, halt, halt it,
    stopp, stopp das, stoppe, stoppe das, stop das, stopp es, anhalten, hor auf, hoer auf, hor auf damit, aufhoren,
    para, para ya, parate, parar, pare, detente, detenlo, detener, basta,
    arrete, arretez, arrete ca, arrete tout, arrete toi, stoppe ca, stoppez, stop ca,
    pare ja, pare com isso, para com isso, ferma, fermati, fermo, fermalo, smettila, basta cosi`,
  ),
  beside:
    `please pls plz now right immediately asap hey oh ok bitte jetzt sofort favor por porfa ahora stp svp maintenant
    agora adesso subito claude roost thanks thx danke 🛑 ✋ ⛔`.split(/\s+/),
} as const;

export const SIGNS: Readonly<Record<string, 'yes' | 'no' | 'neutral'>> = {
  ...Object.fromEntries([...'👍👌✅✔☑🆗'].map((sign) => [sign, 'yes' as const])),
  ...Object.fromEntries([...'👎❌✖🚫⛔🛑🙅'].map((sign) => [sign, 'no' as const])),
  ...Object.fromEntries([...'🙂😊😀😃😄😁😉🙏❤🎉🚀💪✨👏🤝🤗😎🥳💯🙌'].map((sign) => [sign, 'neutral' as const])),
};

function phrases(list: string): string[] {
  return list.split(',').map((phrase) => phrase.trim().replace(/\s+/g, ' '));
}
