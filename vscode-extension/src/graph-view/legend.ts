// What the signs of the drawing mean: all that it may show, drawn as there.
import { element } from './dom';
import { modeBadge } from './tree';

const SVG = 'http://www.w3.org/2000/svg';

type Attributes = Readonly<Record<string, string>>;

function shape(tag: string, attributes: Attributes, colors: { readonly stroke?: string; readonly fill?: string }): SVGElement {
  const made = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries({ fill: 'none', ...attributes })) made.setAttribute(name, value);
  // The page's policy forbids styles in attributes, and variables work in no others.
  if (colors.stroke !== undefined) made.style.stroke = colors.stroke;
  if (colors.fill !== undefined) made.style.fill = colors.fill;
  return made;
}

function picture(...shapes: SVGElement[]): SVGElement {
  const made = document.createElementNS(SVG, 'svg');
  for (const [name, value] of Object.entries({ width: '28', height: '14', viewBox: '0 0 28 14', 'aria-hidden': 'true' })) made.setAttribute(name, value);
  made.append(...shapes);
  return made;
}

const ROOMY = { width: 760, height: 480 }; // on a smaller page the legend is closed
const INK = 'var(--ink)';
const BAD = 'var(--bad)';

const box = (stroke: string, attributes: Attributes = {}): SVGElement =>
  picture(shape('rect', { x: '2', y: '1.5', width: '24', height: '11', rx: '2.5', 'stroke-width': '1.4', ...attributes }, { stroke }));

const policy = (): SVGElement => {
  const outer = 'M6 1 H22 L27 4.5 V9.5 L22 13 H6 L1 9.5 V4.5 Z';
  const inner = 'M7 3.2 H21 L24.7 5.6 V8.4 L21 10.8 H7 L3.3 8.4 V5.6 Z';
  return picture(shape('path', { d: outer }, { stroke: INK }), shape('path', { d: inner }, { stroke: INK }));
};

const rule = (): SVGElement => picture(shape('path', { d: 'M2 1.5 H19 L27 7 L19 12.5 H2 Z', 'stroke-width': '1.4' }, { stroke: INK }));

const line = (color: string, width: string, dash: string, end: SVGElement): SVGElement =>
  picture(shape('path', { d: 'M1 7 H23', 'stroke-width': width, 'stroke-dasharray': dash }, { stroke: color }), end);

const arrow = (color: string): SVGElement => shape('path', { d: 'M20 3 L27 7 L20 11 Z' }, { fill: color });

const dot = (color: string): SVGElement => shape('circle', { cx: '24', cy: '7', r: '2.6' }, { fill: color });

const ENTRIES: readonly (readonly [() => Element, string])[] = [
  [() => modeBadge('STRICT'), 'STRICT: mTLS only'],
  [() => modeBadge('PERMISSIVE'), 'PERMISSIVE: both'],
  [() => modeBadge('DISABLE'), 'DISABLE: plaintext'],
  [() => modeBadge('UNSET'), 'UNSET: says no mode'],
  [() => modeBadge('ISTIO_MUTUAL'), 'clients send mTLS (ISTIO_MUTUAL, MUTUAL)'],
  [() => modeBadge('SIMPLE'), 'clients send TLS (SIMPLE)'],
  [() => box(INK), 'service'],
  [() => box(INK, { 'stroke-dasharray': '3 2' }), 'service in no file'],
  [policy, 'policy (PeerAuthentication)'],
  [rule, 'rule (DestinationRule)'],
  [() => box(BAD, { 'stroke-width': '2.4' }), 'broken'],
  [() => line(INK, '1.8', '2 3', dot(INK)), 'decides what servers accept'],
  [() => line(INK, '1.6', 'none', arrow(INK)), 'decides what clients send'],
  [() => line(BAD, '3', 'none', arrow(BAD)), '✗ refused'],
];

export function legend(): HTMLElement {
  const entries = ENTRIES.map(([sign, text]) => element('li', {}, sign(), text));
  const list = element('ul', { class: 'legend', 'aria-label': 'Legend' }, ...entries);
  const made = element('details', { class: 'legends' }, element('summary', {}, 'Legend'), list);
  const fit = (): void => { made.open = window.innerWidth >= ROOMY.width && window.innerHeight >= ROOMY.height; };
  window.addEventListener('resize', fit);
  // Whoever opens or closes it has decided.
  made.firstElementChild?.addEventListener('click', () => { window.removeEventListener('resize', fit); });
  fit();
  return made;
}
