// What each element of the drawing looks like; labels.ts writes the names. Kinds differ in shape, modes in letter, shape and colour of their badge, what fails
// in weight, colour and a cross: nothing is told by colour alone.
import type { StylesheetJson } from 'cytoscape';

import type { Theme } from './theme';

const BADGE = 20;
const BADGE_LEFT = 8;

/** What so many badges take at the left of a thing or namespace. */
export const badgesWidth = (count: number): number => (count === 0 ? 0 : BADGE_LEFT + count * (BADGE + 2));

export function stylesheet(theme: Theme): StylesheetJson {
  return [...boxes(theme), ...things(theme), ...lines(theme), ...states(theme)] as StylesheetJson;
}

const badges = (left: number): Record<string, unknown> => ({
  'background-image': 'data(badges)',
  'background-width': `${BADGE}px`,
  'background-height': `${BADGE}px`,
  'background-position-x': (node: { data(name: string): string[] }) => node.data('badges').map((_, index) => `${left + index * (BADGE + 2)}px`).join(' '),
  'background-position-y': '50%',
  'background-image-crossorigin': 'null',
  'background-clip': 'none',
});

const boxes = (theme: Theme): unknown[] => [
  {
    selector: 'node',
    style: {
      width: 'data(width)', height: 'data(height)', color: theme.ink, 'overlay-opacity': 0,
    },
  },
  {
    selector: '.box',
    style: {
      shape: 'round-rectangle', 'corner-radius': 10, 'background-color': theme.box, 'border-color': theme.boxBorder,
      'border-width': 1, 'z-index-compare': 'manual', 'z-index': 0,
    },
  },
  { selector: '.box.closed', style: { 'border-width': 1.5, 'border-color': theme.muted, 'z-index': 3 } },
  { selector: '.box.closed[badges.length > 0]', style: badges(BADGE_LEFT) },
  { selector: '.box.closed.failing', style: { 'border-color': theme.bad, 'border-width': 3 } },
];

const things = (theme: Theme): unknown[] => [
  {
    selector: '.thing',
    style: {
      'z-index-compare': 'manual', 'z-index': 3, 'background-color': 'data(tint)', 'border-color': 'data(color)', 'border-width': 1.5,
    },
  },
  { selector: '.thing[badges.length > 0]', style: badges(BADGE_LEFT) },
  { selector: '.service', style: { shape: 'round-rectangle', 'corner-radius': 6 } },
  { selector: '.policy', style: { shape: 'round-octagon', 'border-style': 'double', 'border-width': 4 } },
  { selector: '.service.undocumented', style: { 'border-style': 'dashed' } },
  { selector: '.rule', style: { shape: 'round-tag', 'background-color': theme.paper, 'border-color': theme.muted } },
  { selector: '.thing.failing', style: { 'border-color': theme.bad, 'border-width': 3 } },
];

const lines = (theme: Theme): unknown[] => [
  {
    selector: 'edge',
    style: {
      width: 1.5, 'curve-style': 'unbundled-bezier', 'control-point-weights': 'data(weights)', 'control-point-distances': 'data(distances)',
      'edge-distances': 'endpoints', 'source-endpoint': 'data(starts)', 'target-endpoint': 'data(ends)', 'line-color': 'data(color)',
      'target-arrow-color': 'data(color)', 'target-arrow-shape': 'triangle', 'arrow-scale': 0.9, 'z-index-compare': 'manual', 'z-index': 1,
      'overlay-opacity': 0, 'line-opacity': 0.75, 'font-family': theme.font,
    },
  },
  { selector: 'edge.decides', style: { 'line-style': 'dotted', width: 1.8, 'target-arrow-shape': 'circle', 'arrow-scale': 0.7 } },
  {
    selector: 'edge.failing',
    style: {
      width: 3, 'line-color': theme.bad, 'target-arrow-color': theme.bad, 'line-opacity': 1, 'z-index': 2, 'target-label': 'data(label)', 'target-text-offset': 26,
      'font-size': 15, 'font-weight': 'bold', color: theme.bad, 'text-background-color': theme.paper, 'text-background-opacity': 1,
      'text-background-padding': '2px', 'text-background-shape': 'roundrectangle', 'min-zoomed-font-size': 6,
    },
  },
];

const states = (theme: Theme): unknown[] => [
  { selector: '.far', style: { opacity: theme.faded } },
  { selector: 'edge.near', style: { width: 3, 'line-opacity': 1, 'z-index': 4 } },
  {
    selector: 'node.chosen',
    style: { 'outline-color': theme.focus, 'outline-width': 3, 'outline-offset': 2, 'outline-opacity': 1 },
  },
];
