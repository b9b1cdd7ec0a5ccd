/** The event with line breaks, its numbers as they are written: never through a float. */
export function readable(event: string): string {
    let out = "";
    let depth = 0;
    let quoted = false;
    const line = () => `\n${"  ".repeat(depth)}`;
    for (let i = 0; i < event.length; i++) {
        const c = event[i] as string;
        if (quoted) {
            out += c;
            if (c === "\\") out += event[++i] ?? "";
            else if (c === '"') quoted = false;
        } else if (c === '"') {
            quoted = true;
            out += c;
        } else if (c === "{" || c === "[") {
            const empty = event[i + 1] === (c === "{" ? "}" : "]");
            depth++;
            out += c + (empty ? "" : line());
        } else if (c === "}" || c === "]") {
            depth--;
            out += (event[i - 1] === "{" || event[i - 1] === "[" ? "" : line()) + c;
        } else if (c === ",") out += c + line();
        else if (c === ":") out += ": ";
        else if (c !== " ") out += c;
    }
    return out;
}
