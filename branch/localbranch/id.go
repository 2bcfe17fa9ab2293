package localbranch

import (
	"crypto/rand"
	"fmt"
	"math/big"
	"strings"
)

// The words of ids, as on Neon an adjective and a noun.
var (
	adjectives = strings.Fields(`aged ancient autumn billowing bitter black blue bold broad calm cold cool crimson curly
		damp dark dawn delicate divine dry falling floral flat fragrant frosty gentle green hidden holy icy jolly late
		lingering little lively long lucky misty morning muddy mute nameless noisy odd old orange patient plain polished
		proud purple quiet rapid raspy red restless rough round royal shiny shrill shy silent small snowy soft solitary
		sparkling spring square steep still summer super sweet tight tiny twilight wandering weathered white wild winter
		wispy withered yellow young`)
	nouns = strings.Fields(`art band bar base bird block boat bonus bread breeze brook bush butterfly cake cell cherry
		cloud credit dawn dew disk dream dust feather field fire firefly flower fog forest frog frost glade glitter grass
		hall hat haze heart hill king lab lake leaf limit math meadow mode moon morning mountain mouse mud night paper
		pine poetry pond queen rain recipe resonance rice river salad scene sea shadow shape silence sky smoke snow
		snowflake sound star sun sunset surf term thunder tooth tree truth union unit violet voice water waterfall wave
		wildflower wind wood`)
)

// newID makes an id that no branch ever had: a word of each kind and eight
// digits, 40 bits in all.
func newID(taken func(string) bool) string {
	for {
		id := fmt.Sprintf("br-%s-%s-%08d", adjectives[pick(len(adjectives))], nouns[pick(len(nouns))], pick(100_000_000))
		if !taken(id) {
			return id
		}
	}
}

// newPassword is random and in the form of Neon's: npg_ and 24 letters and
// digits, 142 bits.
func newPassword() string {
	const letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
	b := []byte("npg_")
	for range 24 {
		b = append(b, letters[pick(len(letters))])
	}
	return string(b)
}

// newCluster names a cluster's folder.
func newCluster() string { return "c-" + strings.ToLower(rand.Text()[:13]) }

func pick(n int) int {
	i, err := rand.Int(rand.Reader, big.NewInt(int64(n)))
	if err != nil {
		panic(err) // crypto/rand never fails since Go 1.24
	}
	return int(i.Int64())
}
