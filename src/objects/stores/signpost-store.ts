// The signpost of an object: one entry in its key-value storage, so that an object without a conversation needs no
// tables.

const KEY = 'signpost';

/** `home`: the id of the person's home. `epoch`: a higher one replaces a lower one. */
export type Signpost = { home: string; epoch: number };

export const readSignpost = (storage: DurableObjectStorage): Signpost | null => storage.kv.get<Signpost>(KEY) ?? null;

export const writeSignpost = (storage: DurableObjectStorage, signpost: Signpost): void => storage.kv.put(KEY, signpost);

export const removeSignpost = (storage: DurableObjectStorage): void => void storage.kv.delete(KEY);
