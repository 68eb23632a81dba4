// The views that are pages of their own: which bundle draws them, and what they are fed with.
import type { Context } from './context';
import type { Feed } from './feed';
import { registerWebPanel } from './web-panel';

export function registerPanels(context: Context, feed: Feed): void {
  registerWebPanel(context, feed, {
    viewType: 'istioMtls.graph',
    title: 'Istio Policy Graph',
    bundle: 'graph-view',
    // The canvas library adds a style sheet of one rule unless an element of this name is there; the policy forbids adding it.
    styleId: '__________cytoscape_stylesheet',
    command: 'istioMtls.showGraph',
    ask: (from) => from.graph(),
  });
  registerWebPanel(context, feed, {
    viewType: 'istioMtls.modes',
    title: 'Istio Effective Modes',
    bundle: 'modes-view',
    command: 'istioMtls.showModes',
    ask: (from) => from.effective(),
  });
}
