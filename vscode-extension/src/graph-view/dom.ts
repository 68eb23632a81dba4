// Elements in one expression. Text always goes in as text, never as HTML.

type Attributes = Readonly<Record<string, string | undefined>>;

export function element<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  attributes: Attributes = {},
  ...children: (Node | string)[]
): HTMLElementTagNameMap[Tag] {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== undefined) made.setAttribute(name, value);
  }
  made.append(...children);
  return made;
}

export function button(label: string, title: string, press: () => void): HTMLButtonElement {
  const made = element('button', { type: 'button', title, 'aria-label': title }, label);
  made.addEventListener('click', press);
  return made;
}

/** A button that stays pressed until it is pressed again. */
export function toggle(label: string, title: string, press: (pressed: boolean) => void): HTMLButtonElement {
  const made = button(label, title, () => {
    const pressed = made.getAttribute('aria-pressed') !== 'true';
    made.setAttribute('aria-pressed', String(pressed));
    press(pressed);
  });
  made.setAttribute('aria-pressed', 'false');
  return made;
}

export function select(label: string, choose: (value: string) => void): HTMLSelectElement {
  const made = element('select', { 'aria-label': label, title: label });
  made.addEventListener('change', () => { choose(made.value); });
  return made;
}

/** Offers `options` (value and text), keeping what was chosen where it is still there. */
export function offer(list: HTMLSelectElement, options: readonly (readonly [string, string])[]): void {
  const chosen = list.value;
  list.replaceChildren(...options.map(([value, text]) => element('option', { value }, text)));
  list.value = options.some(([value]) => value === chosen) ? chosen : (options[0]?.[0] ?? '');
}
