// What is under the pointer, in full: names in the drawing are cut where they do not fit.
import { element } from './dom';

const AWAY = 14;

export class Tip {
  private readonly root = element('div', { class: 'tip', 'aria-hidden': 'true', hidden: '' });

  constructor(private readonly container: HTMLElement) {
    container.append(this.root);
  }

  show(text: string, x: number, y: number): void {
    this.root.textContent = text;
    this.root.hidden = false;
    const { clientWidth, clientHeight } = this.container;
    const { offsetWidth, offsetHeight } = this.root;
    this.root.style.left = `${Math.max(0, Math.min(x + AWAY, clientWidth - offsetWidth))}px`;
    this.root.style.top = `${y + AWAY + offsetHeight > clientHeight ? y - AWAY - offsetHeight : y + AWAY}px`;
  }

  hide(): void {
    this.root.hidden = true;
  }
}
