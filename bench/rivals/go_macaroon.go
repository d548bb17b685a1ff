// A loop around go-macaroon: the text of a macaroon is read and verified, as often as each line of
// standard input says. What is printed is how many nanoseconds of the processor that took, the
// collector's included.
package main

import (
	"bufio"
	"encoding/base64"
	"errors"
	"fmt"
	"os"
	"strconv"
	"syscall"

	macaroon "gopkg.in/macaroon.v2"
)

var caveats = []string{"tool = payments.execute", "amount <= 4999 USD", "scope = payments:*"}
var errUnmet = errors.New("unmet")

func check(caveat string) error {
	for _, known := range caveats {
		if caveat == known {
			return nil
		}
	}
	return errUnmet
}

func must(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func spent() int64 {
	var usage syscall.Rusage
	must(syscall.Getrusage(syscall.RUSAGE_SELF, &usage))
	return usage.Utime.Nano() + usage.Stime.Nano()
}

func main() {
	key := []byte("kkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkk")
	m, err := macaroon.New(key, []byte("key"), "bench", macaroon.V2)
	must(err)
	for _, caveat := range caveats {
		must(m.AddFirstPartyCaveat([]byte(caveat)))
	}
	data, err := m.MarshalBinary()
	must(err)
	text := base64.RawURLEncoding.EncodeToString(data)
	for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
		times, err := strconv.Atoi(lines.Text())
		must(err)
		began := spent()
		for n := 0; n < times; n++ {
			raw, err := macaroon.Base64Decode([]byte(text))
			must(err)
			var read macaroon.Macaroon
			must(read.UnmarshalBinary(raw))
			must(read.Verify(key, check, nil))
		}
		fmt.Println(spent() - began)
	}
}
