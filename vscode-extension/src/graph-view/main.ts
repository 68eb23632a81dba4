// The policy graph view. Builds its page in <div id="graph-view"> and shows the graph that its host gives it; knows nothing of VS Code but what
// host.ts says, so the same bundle serves the extension and `istio-mtls-ls graph --format html`.
import './style.css';

import { Details } from './details';
import { button, element, offer, select, toggle } from './dom';
import { Drawing, sumsOf } from './drawing';
import { GRAPH_VERSION, type Edge, type Graph } from './graph';
import { findHost } from './host';
import { layOut, shapeOf, WIDE, type Layout, type Shape } from './layout';
import { legend } from './legend';
import { Model, NO_FILTER, visible, type Filter } from './model';
import { boxId, buildScene, openAtFirst, type Scene } from './scene';
import { readTheme } from './theme';
import { Tree } from './tree';
import { counted, edgeText, namespaceInFull, thingInFull } from './words';

const TYPING_MS = 120;
const SAVE_MS = 300;

class View {
  private readonly host = findHost();
  private readonly saved = this.host.load();
  private graph: Graph | undefined;
  private model: Model | undefined;
  private filter: Filter = { ...NO_FILTER, broken: this.saved.broken ?? false };
  private problemsFirst = this.saved.problemsFirst ?? false;
  private meshName = this.saved.mesh ?? '';
  private open: Set<string> | undefined = this.saved.open && new Set(this.saved.open);
  private selected: string | undefined;
  private scene: Scene = { boxes: [], lines: [] };
  private layout: Layout = new Map();
  private shape = this.saved.shape ?? WIDE;
  private fitted = false;
  private typing = 0;
  private saving = 0;

  private readonly meshes = select('Mesh', (name) => { this.chooseMesh(name); });
  private readonly namespaces = select('Namespace', (namespace) => { this.refilter({ namespace }); });
  private readonly codes = select('Code', (code) => { this.refilter({ code }); });
  private readonly search = element('input', { type: 'search', placeholder: 'Filter by text', 'aria-label': 'Filter by text' });
  private readonly troubled = toggle('Problems first', 'Namespaces and services with problems first', (pressed) => {
    this.problemsFirst = pressed;
    this.redraw();
  });
  private readonly brokenOnly = toggle('✗ Only broken', 'Show only what is broken, and what decides there', (broken) => { this.refilter({ broken }); });
  private readonly summary = element('span', { class: 'summary', role: 'status' });
  private readonly message = element('div', { class: 'message', role: 'alert', hidden: '' });
  private readonly nothing = element('div', { class: 'nothing', hidden: '' });
  private readonly canvas = element('div', { class: 'canvas', role: 'img', 'aria-label': 'Drawing of the policy graph; the list beside it tells the same' });
  private readonly tree = new Tree({
    choose: (id) => { this.choose(id, false); },
    activate: (id) => { this.choose(id, true); },
    toggle: (namespace, open) => { this.toggle(namespace, open); },
  });
  private readonly details = new Details(this.host.opens ? (place) => { this.host.open(place); } : undefined);
  private readonly drawing: Drawing;

  constructor() {
    this.build();
    this.drawing = new Drawing(this.canvas, readTheme(), {
      thing: (id) => { this.choose(id, true); this.tree.reveal(); },
      line: (edges) => { this.chooseLine(edges); },
      toggle: (namespace) => { this.toggle(namespace, !this.open?.has(namespace)); },
      nothing: () => { this.choose(undefined, false); },
      moved: () => { this.saveSoon(); },
      tell: (what) => this.told(what),
    });
    this.follow();
    this.host.start({
      show: (graph) => { this.show(graph); },
      fail: (message) => { this.fail(message); },
      focus: (uri) => { this.focusFile(uri); },
    });
  }

  // ---- the page

  private build(): void {
    this.search.addEventListener('input', () => {
      window.clearTimeout(this.typing);
      this.typing = window.setTimeout(() => { this.refilter({ text: this.search.value.trim() }); }, TYPING_MS);
    });
    this.brokenOnly.setAttribute('aria-pressed', String(this.filter.broken));
    this.troubled.setAttribute('aria-pressed', String(this.problemsFirst));
    const root = document.getElementById('graph-view') ?? document.body;
    root.append(
      element(
        'header', { role: 'toolbar', 'aria-label': 'Policy graph' },
        this.meshes, this.namespaces, this.codes, this.search, this.brokenOnly, this.troubled,
        button('⊞', 'Open all namespaces', () => { this.openOnly(this.model?.namespaces ?? []); }),
        button('⊟', 'Close all namespaces', () => { this.openOnly([]); }),
        button('−', 'Zoom out', () => { this.drawing.zoomBy(1 / 1.3); }),
        button('+', 'Zoom in', () => { this.drawing.zoomBy(1.3); }),
        button('Fit', 'Show everything', () => { this.redraw(); }),
        this.summary,
      ),
      element('aside', {}, this.tree.root, this.details.root),
      element('main', {}, this.canvas, this.nothing, legend(), this.message),
    );
  }

  private follow(): void {
    const retheme = (): void => { this.drawing.retheme(readTheme(), this.scene, this.layout); this.drawing.select(this.selected); };
    // VS Code changes the classes of <body> with its theme; a plain page follows the system.
    new MutationObserver(retheme).observe(document.body, { attributeFilter: ['class', 'data-vscode-theme-id'] });
    window.matchMedia('(prefers-color-scheme: dark)').addEventListener('change', retheme);
    new ResizeObserver(() => {
      this.drawing.resize();
      const { aspect, columns } = this.pageShape();
      if (this.drawing.isFitted && (aspect !== this.shape.aspect || columns !== this.shape.columns)) this.redraw();
      this.fitOnce();
    }).observe(this.canvas);
  }

  // ---- what is shown

  private show(graph: Graph): void {
    if (graph.version !== GRAPH_VERSION) {
      this.fail(`The server speaks version ${graph.version} of the graph and this view ${GRAPH_VERSION}: update the older of both.`);
      return;
    }
    this.graph = graph;
    const names = graph.meshes.map(({ name }) => name);
    if (!names.includes(this.meshName)) this.meshName = names[0] ?? '';
    offer(this.meshes, names.map((name) => [name, `mesh ${name}`]));
    this.meshes.value = this.meshName;
    this.meshes.hidden = names.length < 2;
    this.showMesh();
  }

  private showMesh(): void {
    const mesh = this.graph?.meshes.find(({ name }) => name === this.meshName);
    if (!mesh || mesh.policies.length + mesh.rules.length + mesh.services.length === 0) {
      this.fail('There is no Istio policy and no service here yet.');
      return;
    }
    this.message.hidden = true;
    this.model = new Model(mesh);
    this.open ??= openAtFirst(this.model);
    offer(this.namespaces, [['', 'All namespaces'], ...this.model.namespaces.filter(Boolean).map((name) => [name, name] as const)]);
    offer(this.codes, [['', 'All codes'], ...this.model.codes.map((code) => [code, code] as const)]);
    this.filter = { ...this.filter, namespace: this.namespaces.value, code: this.codes.value };
    this.draw();
    this.fitOnce();
  }

  // What is in sight, of what there is.
  private summarize(model: Model, shown: ReadonlySet<string>): void {
    const { namespaces, services, conflicts, failing } = model.count(shown);
    const all = { namespaces: model.namespaces.length, services: model.mesh.services.length };
    const of = (part: number, whole: number, noun: string): string => `${part === whole ? '' : `${part} of `}${counted(whole, noun)}`;
    const sizes = `${of(namespaces, all.namespaces, 'namespace')}, ${of(services, all.services, 'service')}`;
    // Calls can fail without two ends to name, as those to a server without a sidecar do.
    const trouble = conflicts > 0 ? counted(conflicts, 'conflict') : counted(failing, 'broken connection');
    const text = failing > 0 ? `${sizes}, ✗ ${trouble}` : `${sizes}, no conflict`;
    if (this.summary.textContent !== text) this.summary.textContent = text; // a screen reader says it again
    this.summary.classList.toggle('bad', failing > 0);
    this.nothing.hidden = shown.size > 0;
    this.nothing.textContent = this.filter.broken && this.filter.text === '' ? 'Nothing is broken here.' : 'Nothing here matches the filter.';
  }

  private draw(): void {
    if (!this.model || !this.open) return;
    if (this.selected !== undefined && !this.model.things.has(this.selected)) this.selected = undefined;
    const shown = visible(this.model, this.filter);
    const { open, selected, problemsFirst, filter: { broken } } = this;
    this.scene = buildScene(this.model, shown, { open, selected, problemsFirst, broken });
    this.layout = layOut(this.scene, this.model, this.shape);
    this.drawing.show(this.scene, this.layout);
    this.drawing.select(this.selected);
    this.tree.show(this.scene, this.selected);
    this.summarize(this.model, shown);
    this.describe();
  }

  private pageShape(): Shape {
    return shapeOf(this.canvas.clientWidth, this.canvas.clientHeight);
  }

  // For what is seen anew: as it fits this page. An edit leaves things where they are.
  private redraw(): void {
    this.shape = this.pageShape();
    this.draw();
    this.drawing.fit();
    this.saveSoon();
  }

  private told({ thing: id, namespace, edges }: { thing?: string; namespace?: string; edges?: readonly Edge[] }): string {
    if (!this.model) return '';
    const thing = id === undefined ? undefined : this.model.things.get(id);
    if (thing) return thingInFull(thing);
    if (namespace !== undefined) {
      const box = this.scene.boxes.find((one) => one.namespace === namespace);
      return `${namespaceInFull(namespace)}${box ? `\n${sumsOf(box)}` : ''}`;
    }
    const [first, ...more] = edges ?? [];
    return first ? `${edgeText(first, this.model)}${more.length > 0 ? `\nand ${more.length} more` : ''}` : '';
  }

  private describe(): void {
    const thing = this.selected === undefined ? undefined : this.model?.things.get(this.selected);
    if (thing && this.model) this.details.showThing(thing, this.model);
    else this.details.clear();
  }

  private fail(message: string): void {
    this.message.textContent = message;
    this.message.hidden = false;
  }

  // The first picture shows everything, or what was in sight when the view was last there.
  private fitOnce(): void {
    if (this.fitted || !this.model || this.canvas.clientWidth === 0) return;
    this.fitted = true;
    if (this.saved.viewport) this.drawing.viewport = this.saved.viewport;
    else this.redraw();
  }

  // ---- what people do

  private chooseMesh(name: string): void {
    this.meshName = name;
    this.open = undefined;
    this.showMesh();
    this.drawing.fit();
    this.saveSoon();
  }

  private refilter(change: Partial<Filter>): void {
    this.filter = { ...this.filter, ...change };
    this.redraw();
  }

  private choose(id: string | undefined, go: boolean): void {
    this.selected = id;
    this.draw();
    if (id === undefined) return;
    this.drawing.reveal(id);
    const place = this.model?.things.get(id)?.at;
    if (go && place) this.host.open(place);
  }

  // What the file holds, broken things first; where it is hidden by a filter or a closed namespace, it is brought out.
  private focusFile(uri: string): void {
    const inFile = [...(this.model?.things.values() ?? [])].filter(({ at }) => at?.uri === uri);
    const thing = inFile.find(({ failing }) => failing) ?? inFile[0];
    if (!thing) return;
    this.open?.add(thing.namespace);
    this.choose(thing.id, false);
    this.tree.reveal();
  }

  private chooseLine(edges: readonly Edge[]): void {
    if (!this.model) return;
    this.choose(undefined, false);
    this.details.showEdges(edges, this.model);
    const place = edges.find((edge) => edge.failing)?.at ?? edges[0]?.at;
    if (place) this.host.open(place);
  }

  private toggle(namespace: string, open: boolean): void {
    if (open) this.open?.add(namespace);
    else this.open?.delete(namespace);
    this.draw();
    this.drawing.reveal(boxId(namespace));
    this.saveSoon();
  }

  private openOnly(namespaces: readonly string[]): void {
    this.open = new Set(namespaces);
    this.redraw();
  }

  private saveSoon(): void {
    window.clearTimeout(this.saving);
    this.saving = window.setTimeout(() => {
      const { meshName: mesh, problemsFirst, shape, filter: { broken } } = this;
      this.host.save({ mesh, open: [...(this.open ?? [])], problemsFirst, broken, shape, viewport: this.drawing.viewport });
    }, SAVE_MS);
  }
}

new View();
