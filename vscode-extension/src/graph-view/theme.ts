// The page's colours for the canvas, which CSS does not reach. style.css names them; VS Code's theme or the system gives them.
import type { Mode } from './graph';
import { letterOf } from './words';

export interface Theme {
  readonly font: string;
  readonly paper: string;
  readonly ink: string;
  readonly muted: string;
  readonly box: string;
  readonly boxBorder: string;
  readonly focus: string;
  readonly faded: number; // how much is left of what is not chosen
  readonly bad: string;
  readonly mode: (mode: Mode) => string;
  readonly tint: (color: string) => string;
  readonly badge: (mode: Mode) => string;
}

const MODE_VARIABLES: Readonly<Record<string, string>> = {
  STRICT: '--strict', PERMISSIVE: '--permissive', DISABLE: '--disable', UNSET: '--unset',
  // What clients send, beside what servers take.
  ISTIO_MUTUAL: '--strict', MUTUAL: '--strict', SIMPLE: '--permissive',
};

export function readTheme(): Theme {
  const style = getComputedStyle(document.body);
  const pixel = new OpaquePixel(style.getPropertyValue('--paper'));
  const color = (name: string, strength = 1): string => pixel.color(style.getPropertyValue(name), strength);
  const mode = (of: Mode): string => color(MODE_VARIABLES[of] ?? '--unset');
  const highContrast = style.getPropertyValue('--tint-strength').trim() === '0';
  const badges = new Map<Mode, string>();
  return {
    font: style.fontFamily,
    paper: color('--paper'),
    ink: color('--ink'),
    muted: color('--muted'),
    box: color('--box'),
    boxBorder: color('--box-border'),
    focus: color('--focus'),
    faded: highContrast ? 0.6 : 0.25,
    bad: color('--bad'),
    mode,
    tint: (of) => pixel.color(of, highContrast ? 0 : 0.16),
    badge: (of) => {
      const made = badges.get(of) ?? badge(of, mode(of), color('--paper'));
      badges.set(of, made);
      return made;
    },
  };
}

// Themes may give colours with transparency, in any notation that CSS knows; the canvas library wants plain opaque ones.
class OpaquePixel {
  private readonly context: CanvasRenderingContext2D | null;

  constructor(private readonly paper: string) {
    const canvas = document.createElement('canvas');
    canvas.width = canvas.height = 1;
    this.context = canvas.getContext('2d', { willReadFrequently: true });
  }

  color(color: string, strength: number): string {
    if (!this.context) return color;
    for (const [fill, alpha] of [['#ffffff', 1], [this.paper, 1], [color, strength]] as const) {
      this.context.globalAlpha = alpha;
      this.context.fillStyle = fill;
      this.context.fillRect(0, 0, 1, 1);
    }
    const [red, green, blue] = this.context.getImageData(0, 0, 1, 1).data;
    return `rgb(${red ?? 0}, ${green ?? 0}, ${blue ?? 0})`;
  }
}

const CIRCLE = '<circle cx="11" cy="11" r="10"/>';
const SHAPES: Readonly<Record<string, string>> = {
  STRICT: CIRCLE,
  ISTIO_MUTUAL: CIRCLE,
  MUTUAL: CIRCLE,
  PERMISSIVE: '<path d="M11 0 L22 11 L11 22 L0 11 Z"/>',
  DISABLE: '<rect x="1.5" y="1.5" width="19" height="19" rx="2"/>',
};
const OTHER_SHAPE = '<circle cx="11" cy="11" r="9" fill-opacity="0.6"/>';

export function badge(mode: Mode, fill: string, ink: string): string {
  const svg =
    `<svg xmlns="http://www.w3.org/2000/svg" width="22" height="22" viewBox="0 0 22 22"><g fill="${fill}">` +
    `${SHAPES[mode] ?? OTHER_SHAPE}</g><text x="11" y="15" font-family="sans-serif" font-size="11.5" font-weight="bold" ` +
    `text-anchor="middle" fill="${ink}">${letterOf(mode)}</text></svg>`;
  return `data:image/svg+xml,${encodeURIComponent(svg)}`;
}
