// The door. The demo's users stand as buttons only where the server says that this is a demo.

import { useEffect, useState } from "preact/hooks";
import type { Failure } from "../api";
import { about, signIn } from "../api/session";
import { Mark } from "../components/icons";
import { LanguageButton, ThemeButton } from "../components/Shell";
import { language, t, word } from "../i18n";

export function SignInPage() {
    const [failure, setFailure] = useState<Failure | undefined>(undefined);
    const [busy, setBusy] = useState(false);
    const book = about.value;
    const enter = async (name: string, password: string) => {
        setBusy(true);
        setFailure(await signIn(name, password));
        setBusy(false);
    };
    useEffect(() => {
        document.title = `${failure ? t("error.short") : ""}${t("sign_in.title")} · Ytterby`;
    }, [failure, language.value]);
    return (
        <>
            {book?.demo && <aside class="demo-banner">{t("shell.demo")}</aside>}
            <main class="sign-in" id="main">
                <div class="tools">
                    <span class="brand">
                        <Mark />
                        Ytterby
                    </span>
                    <span>
                        <LanguageButton class="button plain" />
                        <ThemeButton />
                    </span>
                </div>
                <h1>{t("sign_in.title")}</h1>
                {book && <p class="second origin">{book.origin}</p>}
                <form
                    onSubmit={(e) => {
                        e.preventDefault();
                        const form = new FormData(e.currentTarget);
                        void enter(
                            String(form.get("name") ?? ""),
                            String(form.get("password") ?? ""),
                        );
                    }}
                >
                    <label>
                        {t("sign_in.name")}
                        <input
                            class="field"
                            name="name"
                            autocomplete="username"
                            required
                            autocapitalize="none"
                            spellcheck={false}
                        />
                    </label>
                    <label>
                        {t("sign_in.password")}
                        <input
                            class="field"
                            name="password"
                            type="password"
                            autocomplete="current-password"
                            required
                        />
                    </label>
                    <p class="error-line" role="alert">
                        {failure &&
                            (failure.status === 401
                                ? t("sign_in.wrong")
                                : failure.status === 0
                                  ? t("error.unreachable")
                                  : failure.status === 429
                                    ? t("sign_in.later")
                                    : failure.message)}
                    </p>
                    <button type="submit" class="button primary" disabled={busy}>
                        {t("sign_in.enter")}
                    </button>
                </form>
                {book?.demo && book.sign_ins.length > 0 && (
                    <section>
                        <h2 class="gap">{t("sign_in.demo")}</h2>
                        <div class="demo-users">
                            {book.sign_ins.map((s) => (
                                <button
                                    key={s.name}
                                    type="button"
                                    class="button demo-user"
                                    disabled={busy}
                                    onClick={() => void enter(s.name, s.password)}
                                >
                                    <span class="strong">{s.name}</span>
                                    <span class="caption">
                                        {word("role", s.role)}
                                        {s.party && ` · ${s.party}`}
                                    </span>
                                </button>
                            ))}
                        </div>
                    </section>
                )}
            </main>
        </>
    );
}
