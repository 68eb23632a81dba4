// What the signs of the drawing mean.
import { element } from './dom';
import { modeBadge } from './tree';

const SVG = 'http://www.w3.org/2000/svg';

function line(color: string, width: string, dash?: string): SVGElement {
  const picture = document.createElementNS(SVG, 'svg');
  for (const [name, value] of Object.entries({ width: '26', height: '10', 'aria-hidden': 'true' })) picture.setAttribute(name, value);
  const stroke = document.createElementNS(SVG, 'path');
  const attributes = { d: 'M1 5 H25', 'stroke-width': width, 'stroke-dasharray': dash ?? 'none' };
  for (const [name, value] of Object.entries(attributes)) stroke.setAttribute(name, value);
  stroke.style.stroke = color;
  picture.append(stroke);
  return picture;
}

export function legend(): HTMLElement {
  const entry = (sign: Node | string, text: string): HTMLElement => element('span', {}, typeof sign === 'string' ? element('span', {}, sign) : sign, text);
  return element(
    'div', { class: 'legend', 'aria-label': 'Legend' },
    ...['STRICT', 'PERMISSIVE', 'DISABLE', 'ISTIO_MUTUAL'].map((mode) => entry(modeBadge(mode), mode)),
    entry('▢', 'service'), entry('⬡', 'policy'), entry('▷', 'rule'),
    entry(line('var(--ink)', '1.8', '2 3'), 'decides'),
    entry(line('var(--ink)', '1.6'), 'sends'),
    entry(line('var(--bad)', '3'), '✗ refused'),
  );
}
