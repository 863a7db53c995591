import * as z from 'zod';
import { type Answer, ask, bearer, Unreachable } from './ask.ts';
import { LeftOut } from './check.ts';

// Which conversations there are, as Cloudflare lists a Worker’s objects. Ids only; the relay itself keeps no such list.

const Namespaces = z.object({
  result: z.array(z.looseObject({ id: z.string(), script: z.string().nullish(), class: z.string().nullish() })),
});
const Objects = z.object({
  result: z.array(z.looseObject({ id: z.string(), hasStoredData: z.boolean().nullish() })),
  result_info: z
    .looseObject({
      cursor: z.string().nullish(),
      cursors: z.looseObject({ after: z.string().nullish() }).nullish(),
    })
    .nullish(),
});

export type Cloudflare = { conversations(most: number): Promise<{ ids: string[]; more: boolean }> };
type Account = { api: string; token: string; accountId: string; worker: string };

const PAGE = 500;

export function cloudflareOf({ api, token, accountId, worker }: Account): Cloudflare {
  const root = `${api}/accounts/${accountId}/workers/durable_objects/namespaces`;

  async function read<T>(url: string, schema: z.ZodType<T>): Promise<T> {
    let answer: Answer;
    try {
      answer = await ask(url, { headers: bearer(token) });
    } catch (error) {
      throw error instanceof Unreachable ? new LeftOut(error.message) : error;
    }
    if (answer.status === 401 || answer.status === 403) {
      throw new LeftOut('CLOUDFLARE_API_TOKEN may not list the Worker’s objects (it needs “Workers Scripts: Read”)');
    }
    const parsed = schema.safeParse(answer.json);
    if (answer.status !== 200 || !parsed.success) throw new LeftOut(`Cloudflare answered ${answer.status}`);
    return parsed.data;
  }

  return {
    async conversations(most) {
      const { result } = await read(`${root}?per_page=1000`, Namespaces);
      const namespace = result.find((one) => one.script === worker && one.class === 'Conversation');
      if (!namespace) throw new LeftOut(`Cloudflare knows no conversations of a Worker named ${worker}`);
      const ids: string[] = [];
      let cursor: string | null = '';
      while (cursor !== null && ids.length < most) {
        const query = new URLSearchParams({ limit: String(PAGE), ...(cursor === '' ? {} : { cursor }) });
        const page: z.infer<typeof Objects> = await read(`${root}/${namespace.id}/objects?${query}`, Objects);
        ids.push(...page.result.filter((one) => one.hasStoredData !== false).map(({ id }) => id));
        cursor = page.result_info?.cursor || page.result_info?.cursors?.after || null;
      }
      return { ids: ids.slice(0, most), more: cursor !== null || ids.length > most };
    },
  };
}
