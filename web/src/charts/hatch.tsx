// What is not accounted for has one look everywhere: magenta lines at 45 degrees, 2 px of 6.

export function Hatch(props: { id: string }) {
    return (
        <defs>
            <pattern
                id={props.id}
                width="6"
                height="6"
                patternUnits="userSpaceOnUse"
                patternTransform="rotate(45)"
            >
                <rect class="hatch-ground" width="6" height="6" />
                <path class="hatch-line" d="M1 0V6" />
            </pattern>
            <pattern
                id={`${props.id}-gap`}
                width="6"
                height="6"
                patternUnits="userSpaceOnUse"
                patternTransform="rotate(-45)"
            >
                <path class="gap-line" d="M1 0V6" />
            </pattern>
        </defs>
    );
}
