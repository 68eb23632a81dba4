// Links that run commands. Knows nothing of VS Code.

const commandLink = (command: string, ...values: readonly unknown[]): string =>
  `command:${command}?${encodeURIComponent(JSON.stringify(values)).replace(/[()]/g, (bracket) => (bracket === '(' ? '%28' : '%29'))}`;

/** Shows what a file holds in the policy graph. */
export const graphLink = (uri: string): string => commandLink('istioMtls.showGraph', uri);

/** A setting in the settings editor. */
export const settingLink = (key: string): string => commandLink('workbench.action.openSettings', key);
