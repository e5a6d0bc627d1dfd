/** What the readers of facts share. */
export { type Json, at, flag, list, number, parseJson, record, text, textRecord, texts, time } from '../model/json.ts';
export { metaOf } from '../model/object-ref.ts';
