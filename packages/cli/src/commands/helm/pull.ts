import { mkdirSync, writeFileSync } from "node:fs";
import { isAbsolute, join } from "node:path";
import { addChartFlags, type ChartOptions, optionsOf } from "../../helm/flags.ts";
import { fetchVerified } from "../../helm/locate.ts";
import { asHelm, goWords } from "../../helm/report.ts";
import { unpackInto } from "../../helm/unpack.ts";
import { type Define, examples, type Shell } from "../../shell.ts";

type Options = ChartOptions & { destination: string; untar?: boolean; untardir: string; prov?: boolean };

export const define: Define = (command, shell) => {
  addChartFlags(command.argument("<chart...>", "addresses of charts, or names in repositories"))
    .option("-d, --destination <dir>", "where to write the archive", ".")
    .option("--untar", "unpack the archive instead")
    .option("--untardir <dir>", "where to unpack it, below the destination", ".")
    .option("--prov", "write the provenance file too, unchecked")
    .action((charts: string[]) =>
      asHelm(shell, async () => {
        for (const chart of charts) await pull(chart, optionsOf<Options>(command), shell);
      }),
    );
  examples(command, {
    "the latest of a range": "sluice helm pull oci://registry-1.docker.io/bitnamicharts/nginx --version ^22",
    "unpacked, to look into it": "sluice helm pull web --repo https://charts.example.com --untar",
  });
};

/** helm/pkg/action/pull.go. */
async function pull(chart: string, options: Options, shell: Shell): Promise<void> {
  const { destination, untar, untardir, verify, prov } = options;
  const { out } = shell.terminal;
  const { bytes, fileName, provenance, verification } = await fetchVerified(chart, options, shell, out);
  const keepsProvenance = (verify || prov) && provenance.kind === "there";
  if (!untar) {
    write(join(destination, fileName), bytes);
    if (keepsProvenance) write(join(destination, `${fileName}.prov`), provenance.data);
  }
  if (verification) {
    for (const name of verification.signedBy) out(`Signed by: ${name}\n`);
    out(`Using Key With Fingerprint: ${verification.fingerprint}\n`);
    out(`Chart Hash Verified: ${verification.fileHash}\n`);
  }
  if (untar) unpackInto(isAbsolute(untardir) ? untardir : join(destination, untardir), bytes);
}

function write(file: string, bytes: Uint8Array): void {
  try {
    mkdirSync(join(file, ".."), { recursive: true });
    writeFileSync(file, bytes);
  } catch (thrown) {
    throw goWords(thrown, "open", file);
  }
}
