import { render } from "preact";
import { start } from "./api/session";
import { App } from "./app";
import { choose, preferred } from "./i18n";
import { followLinks } from "./lib/go";
import { startKeys } from "./lib/keys";
import { startTheme } from "./lib/theme";
import "./styles/tokens.css";
import "./styles/base.css";
import "./styles/shell.css";
import "./styles/components.css";
import "./styles/charts.css";

startTheme();
followLinks();
startKeys();
const root = document.getElementById("root");
// The language is there before the first word is drawn, so that nothing is said twice.
Promise.all([choose(preferred()), start()]).then(() => {
    if (root) render(<App />, root);
});
