package main

import (
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/url"
	"os"
	"strings"
)

// A Secret is a setting that shows itself nowhere.
type Secret string

// String and LogValue say "[secret]".
func (Secret) String() string       { return "[secret]" }
func (Secret) GoString() string     { return "[secret]" }
func (Secret) LogValue() slog.Value { return slog.StringValue("[secret]") }

// Settings are what the environment says. Each secret may also be named by a
// file: NAME_FILE.
type Settings struct {
	DB              string // HOUVAST_DB: the database file
	KeyFile         string // HOUVAST_KEY_FILE: the key that seals it
	TelegramToken   Secret
	TelegramURL     string
	MattermostURL   string
	MattermostToken Secret
	MattermostTeam  string
	CommandToken    Secret
	Listen          string // HOUVAST_LISTEN: where the page and the callbacks are served
	URL             string // HOUVAST_URL: the address Mattermost and coordinators reach it at
	Network         string // HOUVAST_NETWORK: read only while the database has none
	LogText         bool   // HOUVAST_LOG=text
	Canary          string // HOUVAST_CANARY_CHANNEL: where a sign of life is posted and read back; empty: none is
	Daily           string // HOUVAST_DAILY_CHANNEL: where the coordinator reads how it fares; empty: the first team's
	keys            [][]byte
}

const defaultListen = "127.0.0.1:8700"

// readSettings reads the settings for the real thing, and names everything that
// is missing or wrong at once.
func readSettings(env func(string) string) (Settings, error) {
	var faults []error
	secret := func(name string) Secret {
		value, file := env(name), env(name+"_FILE")
		switch {
		case value != "" && file != "":
			faults = append(faults, fmt.Errorf("%s and %s_FILE are both set: keep one", name, name))
		case file != "":
			text, err := os.ReadFile(file)
			if err != nil {
				faults = append(faults, fmt.Errorf("%s_FILE: %w", name, err))
			}
			value = strings.TrimSpace(string(text))
		}
		if value == "" && file == "" {
			faults = append(faults, fmt.Errorf("%s is missing: set it, or name a file in %s_FILE", name, name))
		}
		return Secret(value)
	}
	needed := func(name, what string) string {
		value := env(name)
		if value == "" {
			faults = append(faults, fmt.Errorf("%s is missing: %s", name, what))
		}
		return value
	}
	address := func(name, value string) string {
		if value == "" {
			return ""
		}
		if u, err := url.Parse(value); err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
			faults = append(faults, fmt.Errorf("%s must be an address that begins with http:// or https://", name))
		}
		return strings.TrimRight(value, "/")
	}
	s := Settings{
		DB:              needed("HOUVAST_DB", "the database file, such as /var/lib/houvast/houvast.db"),
		KeyFile:         needed("HOUVAST_KEY_FILE", "the file with the key that seals the database; houvast key makes one"),
		TelegramToken:   secret("HOUVAST_TELEGRAM_TOKEN"),
		TelegramURL:     address("HOUVAST_TELEGRAM_URL", env("HOUVAST_TELEGRAM_URL")),
		MattermostURL:   address("HOUVAST_MATTERMOST_URL", needed("HOUVAST_MATTERMOST_URL", "the address of the Mattermost server")),
		MattermostToken: secret("HOUVAST_MATTERMOST_TOKEN"),
		MattermostTeam:  needed("HOUVAST_MATTERMOST_TEAM", "the name of the team, as in Mattermost's addresses"),
		CommandToken:    secret("HOUVAST_MATTERMOST_COMMAND_TOKEN"),
		Listen:          env("HOUVAST_LISTEN"),
		URL:             address("HOUVAST_URL", needed("HOUVAST_URL", "the address at which Mattermost reaches this houvast")),
		Network:         env("HOUVAST_NETWORK"),
		Canary:          strings.TrimPrefix(env("HOUVAST_CANARY_CHANNEL"), "~"),
		Daily:           strings.TrimPrefix(env("HOUVAST_DAILY_CHANNEL"), "~"),
	}
	if s.Listen == "" {
		s.Listen = defaultListen
	}
	if _, _, err := net.SplitHostPort(s.Listen); err != nil {
		faults = append(faults, fmt.Errorf("HOUVAST_LISTEN must be host:port, such as %s", defaultListen))
	}
	switch env("HOUVAST_LOG") {
	case "", "json":
	case "text":
		s.LogText = true
	default:
		faults = append(faults, errors.New("HOUVAST_LOG must be json or text"))
	}
	if s.KeyFile != "" {
		keys, err := readKeys(s.KeyFile)
		if err != nil {
			faults = append(faults, fmt.Errorf("HOUVAST_KEY_FILE: %w", err))
		}
		s.keys = keys
	}
	return s, errors.Join(faults...)
}

// readKeys reads a key file: one key of 64 hexadecimal digits a line, the one
// that seals first, older ones below it.
func readKeys(file string) ([][]byte, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		if errors.Is(err, os.ErrNotExist) {
			return nil, fmt.Errorf("%s does not exist: make a key with houvast key %s, and never for a database that is there already", file, file)
		}
		return nil, err
	}
	var keys [][]byte
	for n, line := range strings.Split(string(text), "\n") {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		key, err := hex.DecodeString(line)
		if err != nil || len(key) != 32 {
			return nil, fmt.Errorf("%s: line %d is no key: a key is 64 hexadecimal digits, as houvast key makes it", file, n+1)
		}
		keys = append(keys, key)
	}
	if len(keys) == 0 {
		return nil, fmt.Errorf("%s holds no key: make one with houvast key", file)
	}
	return keys, nil
}
