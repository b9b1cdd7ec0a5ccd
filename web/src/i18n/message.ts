// ICU messages, the part of them that two languages need: {name} and
// {n, plural, one {# lot} other {# lots}}, nested. Parsed once a message.

export type Values = Record<string, string | number>;

type Node = string | { name: string; cases?: Map<string, Node[]> };

function parse(text: string, at: number, inside: boolean): [Node[], number] {
    const nodes: Node[] = [];
    let plain = "";
    const flush = () => {
        if (plain) nodes.push(plain);
        plain = "";
    };
    while (at < text.length) {
        const c = text[at];
        if (c === "}" && inside) break;
        if (c === "#" && inside) {
            flush();
            nodes.push({ name: "#" });
            at++;
        } else if (c === "{") {
            flush();
            const match = /^\{\s*(\w+)\s*(,\s*plural\s*,\s*)?/.exec(text.slice(at));
            if (!match) throw new Error(`bad message "${text}" at ${at}`);
            at += match[0].length;
            const name = match[1] ?? "";
            if (!match[2]) {
                if (text[at] !== "}") throw new Error(`bad message "${text}" at ${at}`);
                nodes.push({ name });
                at++;
                continue;
            }
            const cases = new Map<string, Node[]>();
            for (;;) {
                const head = /^\s*(=?\w+)\s*\{/.exec(text.slice(at));
                if (!head) break;
                const [body, end] = parse(text, at + head[0].length, true);
                if (text[end] !== "}") throw new Error(`bad message "${text}" at ${end}`);
                cases.set(head[1] ?? "", body);
                at = end + 1;
            }
            const close = /^\s*\}/.exec(text.slice(at));
            if (!close || !cases.has("other")) throw new Error(`bad message "${text}" at ${at}`);
            nodes.push({ name, cases });
            at += close[0].length;
        } else {
            plain += c;
            at++;
        }
    }
    flush();
    return [nodes, at];
}

const parsed = new Map<string, Node[]>();

function nodesOf(text: string): Node[] {
    let nodes = parsed.get(text);
    if (!nodes) {
        nodes = parse(text, 0, false)[0];
        parsed.set(text, nodes);
    }
    return nodes;
}

/** The message as pieces: text, and the names of what goes between. */
export function pieces(
    text: string,
    values: Values,
    language: string,
): (string | { name: string })[] {
    const out: (string | { name: string })[] = [];
    const walk = (nodes: Node[], number: number | undefined) => {
        for (const node of nodes) {
            if (typeof node === "string") out.push(node);
            else if (node.cases) {
                const n = Number(values[node.name]);
                const rule = new Intl.PluralRules(language).select(n);
                walk(
                    node.cases.get(`=${n}`) ??
                        node.cases.get(rule) ??
                        node.cases.get("other") ??
                        [],
                    n,
                );
            } else if (node.name === "#") out.push(new Intl.NumberFormat("en").format(number ?? 0));
            else if (node.name in values) {
                const value = values[node.name];
                out.push(
                    typeof value === "number"
                        ? new Intl.NumberFormat("en").format(value)
                        : String(value),
                );
            } else out.push({ name: node.name });
        }
    };
    walk(nodesOf(text), undefined);
    return out;
}

export function say(text: string, values: Values, language: string): string {
    return pieces(text, values, language)
        .map((p) => (typeof p === "string" ? p : `{${p.name}}`))
        .join("");
}
