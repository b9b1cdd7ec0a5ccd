// The signed root of the log, fetched as the text that it is.

import { useEffect, useState } from "preact/hooks";
import { client, lastRecord } from "../api";
import { type Checkpoint, canCheck, parseCheckpoint, parseVerifier, signedBy } from "./proof";

export interface SignedRoot {
    note: string;
    checkpoint: Checkpoint | undefined;
}

/** The last checkpoint, or undefined while it is under way; `failed` once it could not be had. */
export function useCheckpoint(): { root: SignedRoot | undefined; failed: boolean } {
    const [root, setRoot] = useState<SignedRoot | undefined>(undefined);
    const [failed, setFailed] = useState(false);
    const grown = lastRecord.value;
    useEffect(() => {
        let mine = true;
        client.GET("/api/v1/checkpoint", { parseAs: "text" }).then(
            ({ data, response }) => {
                if (!mine) return;
                if (!response.ok || typeof data !== "string") return setFailed(true);
                let checkpoint: Checkpoint | undefined;
                try {
                    checkpoint = parseCheckpoint(data);
                } catch {
                    checkpoint = undefined;
                }
                setFailed(false);
                setRoot({ note: data, checkpoint });
            },
            () => mine && setFailed(true),
        );
        return () => {
            mine = false;
        };
    }, [grown]);
    return { root, failed };
}

/** Whether the key signed the checkpoint; undefined where this browser cannot tell. */
export async function checkSignature(
    checkpoint: Checkpoint,
    verifier: string,
): Promise<boolean | undefined> {
    if (!canCheck()) return undefined;
    try {
        return await signedBy(checkpoint, await parseVerifier(verifier));
    } catch {
        return false;
    }
}
