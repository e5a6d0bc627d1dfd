/** What Ink tells of a key. */
type Pressed = {
  readonly upArrow: boolean;
  readonly downArrow: boolean;
  readonly leftArrow: boolean;
  readonly rightArrow: boolean;
  readonly pageUp: boolean;
  readonly pageDown: boolean;
  readonly home: boolean;
  readonly end: boolean;
  readonly return: boolean;
  readonly escape: boolean;
  readonly tab: boolean;
  readonly backspace: boolean;
  readonly delete: boolean;
  readonly ctrl: boolean;
  readonly meta: boolean;
};

const NAMES: Readonly<Record<string, string>> = { '\r': 'enter', '\n': 'enter', '\t': 'tab', '\u007F': 'backspace', ' ': 'space' };

/** Whether a key is a sign that can be typed into a filter. */
export const isSign = (key: string): boolean => Array.from(key).length === 1;

/** A text without its last sign. */
export const withoutLast = (text: string): string => Array.from(text).slice(0, -1).join('');

/** The names of what was pressed, one for each sign: keys that arrive in one read come as one text. */
export function keyNames(input: string, key: Pressed): string[] {
  const special = (
    [
      [key.upArrow, 'up'],
      [key.downArrow, 'down'],
      [key.leftArrow, 'left'],
      [key.rightArrow, 'right'],
      [key.pageUp, 'pageup'],
      [key.pageDown, 'pagedown'],
      [key.home, 'home'],
      [key.end, 'end'],
      [key.return, 'enter'],
      [key.escape, 'escape'],
      [key.tab, 'tab'],
      [key.backspace || key.delete, 'backspace'],
    ] as const
  ).find(([pressed]) => pressed);
  if (special) return [special[1]];
  if (key.ctrl) return [`ctrl-${input}`];
  if (key.meta) return [];
  return Array.from(input, (sign) => NAMES[sign] ?? sign);
}
