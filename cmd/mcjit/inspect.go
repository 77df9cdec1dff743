package main

import "github.com/spf13/cobra"

func (c *cli) inspectCommand() *cobra.Command { return &cobra.Command{Use: "inspect"} }
