// The order of elements in every list, and the groups that charts draw. Light, middle and heavy are
// a way of drawing here, not a rule of law.

export const ELEMENTS = [
    "La",
    "Ce",
    "Pr",
    "Nd",
    "Pm",
    "Sm",
    "Eu",
    "Gd",
    "Tb",
    "Dy",
    "Ho",
    "Er",
    "Tm",
    "Yb",
    "Lu",
    "Y",
    "Sc",
    "Th",
    "U",
    "Fe",
    "B",
    "Co",
] as const;
export type Element = (typeof ELEMENTS)[number];

export const RARE_EARTHS: readonly Element[] = ELEMENTS.slice(0, 17);

const RANK = new Map<string, number>(ELEMENTS.map((e, i) => [e, i]));

export function byElement(a: string, b: string): number {
    return (RANK.get(a) ?? 99) - (RANK.get(b) ?? 99);
}

export function isElement(text: string): text is Element {
    return RANK.has(text);
}

export interface Group {
    name: string;
    /** The member whose colour the group takes. */
    colour: Element;
    members: readonly Element[];
}

export const GROUPS: readonly Group[] = [
    { name: "La Ce", colour: "La", members: ["La", "Ce"] },
    { name: "Pr Nd", colour: "Pr", members: ["Pr", "Nd", "Pm"] },
    { name: "Sm–Gd", colour: "Eu", members: ["Sm", "Eu", "Gd"] },
    { name: "Tb Dy", colour: "Tb", members: ["Tb", "Dy"] },
    { name: "Y", colour: "Y", members: ["Y", "Sc"] },
    { name: "Ho–Lu", colour: "Er", members: ["Ho", "Er", "Tm", "Yb", "Lu"] },
];
