import { Argument } from "commander";
import { scripts } from "../completion.ts";
import { type Define, examples } from "../shell.ts";

export const define: Define = (command, { terminal }) => {
  command
    .addArgument(new Argument("<shell>", "the shell").choices(Object.keys(scripts)))
    .action((name: keyof typeof scripts) => terminal.out(scripts[name]));
  examples(command, {
    "bash, in ~/.bashrc": "source <(sluice completion bash)",
    "zsh, in ~/.zshrc after compinit": "source <(sluice completion zsh)",
    "fish, in ~/.config/fish/config.fish": "sluice completion fish | source",
  });
};
