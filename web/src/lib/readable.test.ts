import { expect, test } from "vitest";
import { readable } from "./readable";

test("an event gets line breaks and keeps every digit", () => {
    const event = '{"id":"a:\\"b","net":{"value":1200.500,"u":[]},"lots":[9223372036854775807,{}]}';
    expect(readable(event)).toBe(
        [
            "{",
            '  "id": "a:\\"b",',
            '  "net": {',
            '    "value": 1200.500,',
            '    "u": []',
            "  },",
            '  "lots": [',
            "    9223372036854775807,",
            "    {}",
            "  ]",
            "}",
        ].join("\n"),
    );
    expect(JSON.parse(readable(event))).toEqual(JSON.parse(event));
});
test("nothing inside quotes is touched", () => {
    expect(readable('{"x":"{[,:]} \\\\"}')).toBe('{\n  "x": "{[,:]} \\\\"\n}');
});
