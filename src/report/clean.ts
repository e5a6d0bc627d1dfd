/** Escape sequences of terminals: CSI, OSC, and single-character ones. */
// oxlint-disable-next-line no-control-regex -- control characters are what this is about
const ESCAPES = /\u001B(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001B]*(?:\u0007|\u001B\\)?|[@-Z\\-_])|\u009B[0-?]*[ -/]*[@-~]/g;
// oxlint-disable-next-line no-control-regex -- the same
const CONTROLS = /[\u0000-\u001F\u007F-\u009F\u200B-\u200F\u202A-\u202E\u2060-\u2069\uFEFF]/g;
const UNSEEN = /[\u007F-\u009F\u200B-\u200F\u2028-\u202E\u2060-\u2069\uFEFF]/g;

/**
 * Text from a cluster or file, made harmless for a terminal: no escape sequences, no control or direction-changing characters,
 * line breaks as spaces. Names, messages and log lines are written by whoever can create a pod.
 */
export const clean = (text: string): string =>
  text
    .replaceAll(ESCAPES, '')
    .replaceAll(/\r?\n|\t/g, ' ')
    .replaceAll(CONTROLS, '');

/** Text of JSON with the characters that JSON.stringify leaves as they are, and a terminal may obey, as `\\uXXXX`: the values stay. */
export const escapeUnseen = (text: string): string =>
  text.replaceAll(UNSEEN, (character) => `\\u${character.codePointAt(0)!.toString(16).padStart(4, '0')}`);
