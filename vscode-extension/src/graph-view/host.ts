// What surrounds the view: VS Code's webview, or a plain page that carries its graph in a <script> element.
import type { Graph, Place } from './graph';
import type { Shape } from './layout';

export interface SavedState {
  readonly mesh?: string;
  readonly open?: readonly string[];
  readonly problemsFirst?: boolean;
  readonly broken?: boolean;
  readonly shape?: Shape;
  readonly viewport?: { readonly zoom: number; readonly pan: { readonly x: number; readonly y: number } };
}

export interface Host {
  /** Can a place be opened, or only be told? */
  readonly opens: boolean;
  open(place: Place): void;
  load(): SavedState;
  save(state: SavedState): void;
  start(events: HostEvents): void;
}

export interface HostEvents {
  readonly show: (graph: Graph) => void;
  readonly fail: (message: string) => void;
  /** Somebody wants to see what this file holds. */
  readonly focus: (uri: string) => void;
}

/** What the extension sends to the view. */
export type ToView =
  | { readonly type: 'data'; readonly data: Graph }
  | { readonly type: 'problem'; readonly message: string }
  | { readonly type: 'focus'; readonly uri: string };

/** What the view sends to the extension. */
export type FromView = { readonly type: 'ready' } | { readonly type: 'open'; readonly place: Place };

interface VsCodeApi {
  postMessage(message: FromView): void;
  getState(): SavedState | undefined;
  setState(state: SavedState): void;
}

declare const acquireVsCodeApi: (() => VsCodeApi) | undefined;

const DATA_ELEMENT = 'istio-mtls-graph';

export const findHost = (): Host => (typeof acquireVsCodeApi === 'function' ? editor(acquireVsCodeApi()) : page());

function editor(api: VsCodeApi): Host {
  return {
    opens: true,
    open: (place) => { api.postMessage({ type: 'open', place }); },
    load: () => api.getState() ?? {},
    save: (state) => { api.setState(state); },
    start: ({ show, fail, focus }) => {
      window.addEventListener('message', ({ data }: MessageEvent<ToView>) => {
        if (data.type === 'data') show(data.data);
        else if (data.type === 'focus') focus(data.uri);
        else fail(data.message);
      });
      api.postMessage({ type: 'ready' });
    },
  };
}

function page(): Host {
  return {
    opens: false,
    open: () => undefined,
    load: () => ({}),
    save: () => undefined,
    start: ({ show, fail }) => {
      const text = document.getElementById(DATA_ELEMENT)?.textContent;
      if (text) show(JSON.parse(text) as Graph);
      else fail(`This page has no element "${DATA_ELEMENT}" that holds a graph.`);
    },
  };
}
