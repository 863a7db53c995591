// What was accepted against what reached the phones, what the model saw and what its tools did. Pure.

export type Evidence = {
  /** Every text that was written, in order; `seq` is the relay's number for it, null when it never had the text. */
  texts: readonly { id: string; person: string; seq: number | null; answered200: boolean }[];
  /** Everything the carrier took for a person, oldest first. */
  sent: readonly { person: string; body: string }[];
  sights: ReadonlyMap<string, number>;
  /** Lines of the counter file: `did count-m0001`, `told count-m0001`. */
  counter: readonly string[];
  /** What the relay had not finished at the end. */
  unfinished: readonly string[];
};

export type Fault =
  | 'lost'
  | 'doubled'
  | 'disordered'
  | 'not seen by the model'
  | 'seen twice by the model'
  | 'side effect doubled without a word'
  | 'never accepted'
  | 'unfinished';
export type Finding = { fault: Fault; id: string | null; what: string };

export type Verdict = {
  findings: Finding[];
  accepted: number;
  answered: number;
  /** Replies that name no text: notices of the relay. */
  notices: number;
  /** Side effects that happened again; each one announced unless it is among the findings. */
  repeatedEffects: number;
};

const ID = /\bm\d{4,}\b/g;

export function judge(evidence: Evidence): Verdict {
  const { texts, sent, sights, counter, unfinished } = evidence;
  const findings: Finding[] = [];
  const find = (fault: Fault, id: string | null, what: string): void => {
    findings.push({ fault, id, what });
  };
  const answers = new Map<string, number>();
  for (const id of sent.flatMap(({ body }) => body.match(ID) ?? [])) answers.set(id, (answers.get(id) ?? 0) + 1);

  const accepted = texts.filter(({ seq, answered200 }) => seq !== null || answered200);
  for (const { id, seq, answered200 } of texts) {
    const count = answers.get(id) ?? 0;
    if (seq === null && !answered200) find('never accepted', id, 'the relay never had it');
    else if (count === 0)
      find('lost', id, seq === null ? '200, but not in the database' : 'accepted and never answered');
    if (count > 1) find('doubled', id, `answered ${count} times`);
    const seen = sights.get(id) ?? 0;
    if (seen === 0 && count > 0) find('not seen by the model', id, 'answered, but the model never saw it');
    if (seen > 1) find('seen twice by the model', id, `shown to the model ${seen} times`);
  }
  findings.push(...disordered(texts, sent), ...unannounced(counter));
  for (const what of unfinished) find('unfinished', null, what);
  return {
    findings,
    accepted: accepted.length,
    answered: accepted.filter(({ id }) => (answers.get(id) ?? 0) > 0).length,
    notices: sent.filter(({ body }) => !ID_ONCE.test(body)).length,
    repeatedEffects: repeats(counter),
  };
}

const ID_ONCE = /\bm\d{4,}\b/;

/** Per person the answers come in the order of the relay's own numbers. */
function disordered(texts: Evidence['texts'], sent: Evidence['sent']): Finding[] {
  const seqs = new Map(texts.map(({ id, seq }) => [id, seq]));
  const last = new Map<string, { seq: number; id: string }>();
  const findings: Finding[] = [];
  const answered = new Set<string>();
  for (const { person, body } of sent) {
    for (const id of body.match(ID) ?? []) {
      const seq = seqs.get(id);
      // A repetition is a finding of its own.
      if (seq === undefined || seq === null || answered.has(id)) continue;
      answered.add(id);
      const before = last.get(person);
      if (before && seq < before.seq) {
        findings.push({ fault: 'disordered', id, what: `answered after ${before.id}, which came later` });
      } else last.set(person, { seq, id });
    }
  }
  return findings;
}

/** A side effect may happen again only when the agent was told in between that it may have happened. */
function unannounced(counter: readonly string[]): Finding[] {
  const isOpen = new Set<string>();
  return counter.flatMap((line): Finding[] => {
    const [what, tool = ''] = line.split(' ');
    const id = tool.replace(/^count-/, '');
    if (what === 'told') isOpen.delete(tool);
    if (what !== 'did') return [];
    const isRepeated = isOpen.has(tool);
    isOpen.add(tool);
    return isRepeated
      ? [{ fault: 'side effect doubled without a word', id, what: 'its tool ran again and the agent did not know' }]
      : [];
  });
}

function repeats(counter: readonly string[]): number {
  const did = counter.filter((line) => line.startsWith('did '));
  return did.length - new Set(did).size;
}
