// The view "Mesh" in the side bar.
import * as vscode from 'vscode';

import { countConflicts, type Finding } from './conflicts';
import type { Context } from './context';
import type { Feed } from './feed';
import type { Graph } from './graph-view/graph';
import { counted } from './graph-view/words';
import { treeOf, workloadNodes, type TreeNode } from './mesh-nodes';
import { openPlace, type AnyPlace } from './open-place';
import { ownFindings } from './own-findings';

const VIEW = 'istioMtls.mesh';
const OPEN_PLACE = 'istioMtls.openPlace'; // for this view's rows, not for the palette
const ONLY_PROBLEMS = 'istioMtls.onlyProblems'; // context key and workspace state
const CONTENT = 'istioMtls.content'; // context key: why there is nothing to show

const setContext = (key: string, value: unknown): void => { void vscode.commands.executeCommand('setContext', key, value); };

class MeshTree implements vscode.TreeDataProvider<TreeNode> {
  private readonly changed = new vscode.EventEmitter<undefined>();
  readonly onDidChangeTreeData = this.changed.event;
  private nodes: readonly TreeNode[] = [];
  private shown = '';
  private isStale = true;
  private readonly view: vscode.TreeView<TreeNode>;

  constructor(private readonly context: Context, private readonly feed: Feed) {
    this.view = vscode.window.createTreeView(VIEW, { treeDataProvider: this, showCollapseAll: true });
    const { workspaceState } = context.extension;
    const switchTo = (only: boolean): void => {
      void workspaceState.update(ONLY_PROBLEMS, only);
      setContext(ONLY_PROBLEMS, only);
      void this.update();
    };
    setContext(ONLY_PROBLEMS, this.onlyProblems());
    context.own(
      this.changed, this.view,
      feed.onChange(() => { void this.update(); }),
      this.view.onDidChangeVisibility(() => { if (this.isStale) void this.update(); }),
      vscode.commands.registerCommand('istioMtls.showOnlyProblems', () => { switchTo(true); }),
      vscode.commands.registerCommand('istioMtls.showWholeMesh', () => { switchTo(false); }),
      vscode.commands.registerCommand('istioMtls.refreshMesh', () => {
        this.shown = '';
        feed.refreshSoon();
      }),
      vscode.commands.registerCommand(OPEN_PLACE, (place: AnyPlace) => openPlace(place, { preview: true })),
    );
  }

  getTreeItem(node: TreeNode): vscode.TreeItem {
    const { Collapsed, Expanded, None } = vscode.TreeItemCollapsibleState;
    const item = new vscode.TreeItem(node.label, !node.children && !node.workloadsOf ? None : node.open ? Expanded : Collapsed);
    item.id = node.id;
    item.description = node.description;
    item.tooltip = node.tooltip;
    item.iconPath = new vscode.ThemeIcon(node.icon.name, node.icon.color === undefined ? undefined : new vscode.ThemeColor(node.icon.color));
    item.accessibilityInformation = { label: [node.label, node.description].filter(Boolean).join(', ').replaceAll('✗', 'broken:') };
    if (node.place) item.command = { command: OPEN_PLACE, title: 'Open', arguments: [node.place] };
    return item;
  }

  async getChildren(node?: TreeNode): Promise<TreeNode[]> {
    if (!node) return [...this.nodes];
    if (!node.workloadsOf) return [...(node.children ?? [])];
    const answer = await this.feed.effective();
    const found = 'value' in answer ? workloadNodes(answer.value, node.workloadsOf) : [];
    if (found.length > 0) return found;
    const label = 'value' in answer ? 'no workload in these files' : answer.problem;
    return [{ id: `${node.id}/nothing`, label, description: '', tooltip: label, icon: { name: 'info' }, open: false }];
  }

  getParent(): undefined {
    return undefined;
  }

  private onlyProblems(): boolean {
    return this.context.extension.workspaceState.get<boolean>(ONLY_PROBLEMS, false);
  }

  // Nobody looks at a view that is closed; its badge, of which the diagnostics suffice, can be seen.
  private async update(): Promise<void> {
    const findings = ownFindings();
    this.count(findings);
    this.isStale = !this.view.visible;
    if (this.isStale) return;
    const answer = await this.feed.graph();
    if ('value' in answer) {
      this.show(treeOf(answer.value, findings, this.onlyProblems(), shorten), isEmpty(answer.value) ? 'empty' : 'mesh', answer.value);
    } else if (!answer.waiting) {
      this.show([], 'failed');
    } else if (this.nodes.length === 0) {
      setContext(CONTENT, 'waiting'); // what was known stays in sight until more is
    }
  }

  private show(nodes: readonly TreeNode[], content: string, graph?: Graph): void {
    setContext(CONTENT, content === 'mesh' && nodes.length === 0 ? 'healthy' : content);
    const text = JSON.stringify([nodes, graph?.meshes.map(({ edges }) => edges)]); // edges: workloads may differ where services do not
    if (text === this.shown) return;
    this.shown = text;
    this.nodes = nodes;
    this.changed.fire(undefined);
  }

  private count(findings: readonly Finding[]): void {
    const conflicts = countConflicts(findings);
    this.view.badge = conflicts > 0 ? { value: conflicts, tooltip: counted(conflicts, 'conflict') } : undefined;
  }
}

const shorten = (uri: string): string => vscode.workspace.asRelativePath(vscode.Uri.parse(uri));

const isEmpty = ({ meshes }: Graph): boolean =>
  meshes.every(({ policies, rules, services }) => policies.length + rules.length + services.length === 0);

export function registerMeshTree(context: Context, feed: Feed): void {
  new MeshTree(context, feed);
  feed.refreshSoon(); // so that the view says something where no server is started
}
