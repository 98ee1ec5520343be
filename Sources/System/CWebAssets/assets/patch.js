import { fragment } from "./policy.js";

// Changes the page so that only what differs is touched: focus, selection, scrolling and open details survive.

const still = matchMedia("(prefers-reduced-motion: reduce)");

/** Rows of one list: those in the document, and those that wait until the list may move. */
class List {
    constructor(body) {
        this.body = body;
        this.rows = new Map();
        this.wanted = [];
        for (const row of body.children) {
            this.rows.set(row.dataset.key, row);
            this.wanted.push(row.dataset.key);
        }
    }

    put(key, html) {
        const row = fragment(html).firstElementChild;
        const old = this.rows.get(key);
        if (old) morph(old, row);
        else this.rows.set(key, row);
    }

    cell(key, index, html) {
        const cell = this.rows.get(key)?.children[index];
        if (!cell) return;
        morphChildren(cell, fragment(html));
        flash(cell);
    }

    forget(key) {
        const row = this.rows.get(key);
        this.rows.delete(key);
        // It stays while the list is held, and says that it is no longer kept up to date.
        row?.classList.add("stale");
    }

    /** How many wanted rows are not in the document yet. */
    get waiting() {
        let count = 0;
        for (const key of this.wanted) if (!this.rows.get(key)?.isConnected) count += 1;
        return count;
    }

    /** Makes the document show the wanted rows in their order, moving as few as it can. */
    settle(isNewMarked) {
        const wanted = new Set(this.wanted);
        for (const row of [...this.body.children]) if (!wanted.has(row.dataset.key)) row.remove();
        let next = this.body.firstElementChild;
        for (const key of this.wanted) {
            const row = this.rows.get(key);
            if (!row) continue;
            if (row === next) {
                next = next.nextElementSibling;
                continue;
            }
            if (isNewMarked && !row.isConnected) flash(row);
            this.body.insertBefore(row, next);
        }
    }
}

const lists = new Map();

function list(id) {
    let known = lists.get(id);
    const body = document.querySelector(`[data-list="${CSS.escape(id)}"]`);
    if (!body) return null;
    if (!known || known.body !== body) {
        known = new List(body);
        lists.set(id, known);
    }
    return known;
}

function flash(element) {
    if (still.matches || document.hidden) return;
    element.classList.remove("changed");
    requestAnimationFrame(() => element.classList.add("changed"));
    element.addEventListener("animationend", () => element.classList.remove("changed"), { once: true });
}

/** Applies the operations of one event; a list that is held keeps its rows where they are until `settleLists`. */
export function apply(operations, isHeld) {
    const moved = new Set();
    for (const [operation, id, key, a, b] of operations) {
        if (operation === "r") region(id, key);
        else if (operation === "c") list(id)?.cell(key, a, b);
        else if (operation === "w") list(id)?.put(key, a);
        else if (operation === "d") list(id)?.forget(key);
        else if (operation === "o") {
            const target = list(id);
            if (!target) continue;
            target.wanted = key;
            moved.add(target);
        }
    }
    for (const target of moved) if (!isHeld(target.body)) target.settle(true);
}

/** Lets held lists move; returns nothing. */
export function settleLists(isHeld) {
    for (const target of lists.values()) if (!isHeld(target.body)) target.settle(false);
}

/** How many new rows wait in the list whose body is `body`. */
export function waitingRows(body) {
    const known = lists.get(body.dataset.list);
    return known ? known.waiting : 0;
}

function region(id, html) {
    const element = document.querySelector(`[data-region="${CSS.escape(id)}"]`);
    if (element) morphChildren(element, fragment(html));
}

/** Takes over the regions and lists of a newer document, when there is no stream. */
export function adopt(newer, isHeld) {
    for (const element of newer.querySelectorAll("[data-region]")) {
        const old = document.querySelector(`[data-region="${CSS.escape(element.dataset.region)}"]`);
        if (old) morphChildren(old, element);
    }
    for (const body of newer.querySelectorAll("[data-list]")) {
        const target = list(body.dataset.list);
        if (!target) continue;
        const rows = [...body.children];
        for (const row of rows) {
            const old = target.rows.get(row.dataset.key);
            if (old) morph(old, row);
            else target.rows.set(row.dataset.key, row);
        }
        target.wanted = rows.map((row) => row.dataset.key);
        if (!isHeld(target.body)) target.settle(true);
    }
}

/** Makes `old` equal to `wanted`, keeping every node that can stay. */
function morph(old, wanted) {
    if (old.isEqualNode(wanted)) return;
    for (const { name } of [...old.attributes]) {
        if (!wanted.hasAttribute(name) && !(name === "open" && old.localName === "details")) old.removeAttribute(name);
    }
    for (const { name, value } of wanted.attributes) {
        if (old.getAttribute(name) !== value) old.setAttribute(name, value);
    }
    // A running clock has newer text than the server's.
    if (old.dataset.tick && old.dataset.tick === wanted.dataset.tick) return;
    morphChildren(old, wanted);
}

function morphChildren(old, wanted) {
    const nodes = [...wanted.childNodes];
    let current = old.firstChild;
    for (const node of nodes) {
        if (!current) {
            old.append(node);
            continue;
        }
        const next = current.nextSibling;
        if (current.nodeType !== node.nodeType || current.nodeName !== node.nodeName) {
            old.replaceChild(node, current);
        } else if (node.nodeType === Node.ELEMENT_NODE) {
            morph(current, node);
        } else if (current.data !== node.data) {
            current.data = node.data;
        }
        current = next;
    }
    while (current) {
        const next = current.nextSibling;
        current.remove();
        current = next;
    }
}
