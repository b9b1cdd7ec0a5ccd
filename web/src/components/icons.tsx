// Drawn on a 16 px grid in the colour of the text around them; the word beside says what they mean.

import type { ComponentChildren } from "preact";

const draw = (children: ComponentChildren) => () => (
    <svg
        viewBox="0 0 16 16"
        aria-hidden="true"
        fill="none"
        stroke="currentColor"
        stroke-width="1.5"
        stroke-linecap="round"
        stroke-linejoin="round"
    >
        {children}
    </svg>
);

export const Held = draw(
    <>
        <path
            d="M5.2 1.5h5.6l3.7 3.7v5.6l-3.7 3.7H5.2l-3.7-3.7V5.2z"
            fill="currentColor"
            stroke="none"
        />
        <path class="icon-inner" d="M4.8 8h6.4" stroke-width="2" />
    </>,
);
export const Flagged = draw(
    <>
        <path d="M8 1.2 15.2 14.4H.8z" fill="currentColor" stroke="none" />
        <path class="icon-inner" d="M8 6v4M8 12.2v.1" stroke-width="1.7" />
    </>,
);
export const Fine = draw(<path d="m2.5 8.5 3.6 3.7 7.4-8" stroke-width="2.2" />);
export const Unaccounted = draw(
    <>
        <rect x="1.5" y="1.5" width="13" height="13" stroke-width="1.3" />
        <path d="m2 9 7-7M2.5 14 14 2.5M7 14l7-7" stroke-width="1.6" />
    </>,
);
export const Ring = draw(<circle cx="8" cy="8" r="5.5" />);
export const Dotted = draw(<circle cx="8" cy="8" r="5.5" stroke-dasharray="2 3" />);

export const Overview = draw(
    <path d="M2 2.5h5v5H2zM9.5 2.5H14v3H9.5zM9.5 8H14v5.5H9.5zM2 10h5v3.5H2z" />,
);
export const Findings = draw(
    <>
        <circle cx="7" cy="7" r="4.5" />
        <path d="m10.5 10.5 3.5 3.5" />
    </>,
);
export const Flow = draw(<path d="M1.5 4h3c4 0 3 8 7 8h3M1.5 8h4M10 4h4.5M12.5 2l2 2-2 2" />);
export const Facilities = draw(<path d="M1.5 14V7l4 2.5V7l4 2.5V2.5h4V14zM1 14h14" />);
export const Lots = draw(<path d="m8 1.5 6 3v7l-6 3-6-3v-7zM2 4.5l6 3 6-3M8 7.5v7" />);
export const Quota = draw(<path d="M2 2v12h12M4.5 11.5l3-4 2.5 2L14 4" />);
export const Log = draw(<path d="M3.5 1.5h9v13h-9zM6 5h4M6 8h4M6 11h2.5" />);
export const More = draw(<path d="M3 8h.1M8 8h.1M13 8h.1" stroke-width="2.4" />);
export const Search = Findings;
export const Light = draw(
    <>
        <circle cx="8" cy="8" r="5.8" />
        <path d="M8 2.2a5.8 5.8 0 0 1 0 11.6z" fill="currentColor" stroke="none" />
    </>,
);

export const Mark = () => (
    <svg class="mark" viewBox="0 0 20 20" aria-hidden="true">
        <rect class="mark-ground" x="1" y="1" width="18" height="18" rx="4" />
        <path class="mark-y" d="M5.5 5 10 11.2V15.5M14.5 5 10 11.2" />
    </svg>
);
