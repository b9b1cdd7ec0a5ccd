import type { ComponentChild } from "preact";
import { signedOut } from "./api";
import { about, known, me, start, unreachable } from "./api/session";
import { Failed, NotFound } from "./components/layout";
import { Shell } from "./components/Shell";
import { useArrival, usePath } from "./lib/go";
import { CheckpointPage } from "./pages/Checkpoint";
import { FacilitiesPage } from "./pages/Facilities";
import { FacilityPage } from "./pages/Facility";
import { FindingPage } from "./pages/Finding";
import { FindingsPage } from "./pages/Findings";
import { FlowPage } from "./pages/Flow";
import { LogPage } from "./pages/Log";
import { LotPage } from "./pages/Lot";
import { LotsPage } from "./pages/Lots";
import { OverviewPage } from "./pages/Overview";
import { QuotaPage } from "./pages/Quota";
import { RecordPage } from "./pages/Record";
import { SignInPage } from "./pages/SignIn";

/** The page of an address. The address names the thing; what one may see of it the server decides. */
function page(path: string[]): ComponentChild {
    const [kind = "", id, ...rest] = path;
    if (rest.length > 0) return <NotFound />;
    if (id === undefined) {
        if (kind === "") return <OverviewPage />;
        if (kind === "findings") return <FindingsPage />;
        if (kind === "flow") return <FlowPage />;
        if (kind === "facilities") return <FacilitiesPage />;
        if (kind === "lots") return <LotsPage />;
        if (kind === "quota") return <QuotaPage year={undefined} />;
        if (kind === "log") return <LogPage />;
        if (kind === "checkpoint") return <CheckpointPage />;
    } else {
        if (kind === "findings") return <FindingPage key={id} id={id} />;
        if (kind === "facilities") return <FacilityPage key={id} id={id} />;
        if (kind === "lots") return <LotPage key={id} id={id} />;
        if (kind === "quota" && /^\d{4}$/.test(id)) return <QuotaPage year={Number(id)} />;
        if (kind === "log" && /^\d{1,15}$/.test(id))
            return <RecordPage key={id} seq={Number(id)} />;
    }
    return <NotFound />;
}

export function App() {
    const path = usePath();
    useArrival(path.join("/"));
    if (!known.value) return null;
    if (unreachable.value) {
        return (
            <main class="sign-in">
                <Failed
                    failure={{ status: 0, message: "", hint: "", id: "" }}
                    again={() => void start()}
                />
            </main>
        );
    }
    if (!me.value || signedOut.value) return <SignInPage />;
    if (path[0] === "sign-in") return <Shell path={[""]}>{page([])}</Shell>;
    return (
        <Shell path={path} demo={about.value?.demo === true}>
            {page(path)}
        </Shell>
    );
}
