package cli

import (
	"context"

	"github.com/spf13/cobra"
)

func (a *app) completionCommand() *cobra.Command {
	var root *cobra.Command
	cmd := &cobra.Command{
		Use:   "completion bash|zsh|fish",
		Short: "Print the completion script of a shell",
		Long: `Print the script that makes a shell complete espalier's commands, flags and the
names of branches.`,
		Example: `  # In this shell
  source <(espalier completion bash)

  # For good
  espalier completion bash > ~/.local/share/bash-completion/completions/espalier
  espalier completion zsh > "${fpath[1]}/_espalier"
  espalier completion fish > ~/.config/fish/completions/espalier.fish`,
		ValidArgs: []string{"bash", "zsh", "fish"},
		Args:      exactly("the shell (bash, zsh or fish)"),
		PreRun:    func(cmd *cobra.Command, _ []string) { root = cmd.Root() },
		RunE: a.run(func(_ context.Context, args []string) error {
			switch args[0] {
			case "bash":
				return root.GenBashCompletionV2(a.stdout, true)
			case "zsh":
				return root.GenZshCompletion(a.stdout)
			case "fish":
				return root.GenFishCompletion(a.stdout, true)
			}
			return usagef("no completion for %q: give bash, zsh or fish", args[0])
		}),
	}
	return cmd
}
