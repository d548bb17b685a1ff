// The bare handler of Go's net/http: decodes the JSON of a verify, encodes a verdict of the size of
// ours, and decides nothing.
package main

import (
	"encoding/json"
	"net/http"
	"os"
)

type question struct {
	Credential string `json:"credential"`
	Context    struct {
		Tool   string   `json:"tool"`
		Scopes []string `json:"scopes"`
		Amount struct {
			Currency string `json:"currency"`
			Minor    int64  `json:"minor"`
		} `json:"amount"`
	} `json:"context"`
}

type verdict struct {
	IsValid    bool     `json:"is_valid"`
	Status     string   `json:"status"`
	Scopes     []string `json:"scopes"`
	KeyID      string   `json:"key_id"`
	ActorID    string   `json:"actor_id"`
	ExpireTime string   `json:"expire_time"`
	Metadata   *string  `json:"metadata"`
	Claims     *string  `json:"custom_claims"`
	Visibility string   `json:"visibility"`
	Issuer     string   `json:"issuer"`
	Audiences  []string `json:"audiences"`
	Policy     *string  `json:"rate_limit_policy"`
	Reset      *string  `json:"rate_limit_reset_time"`
	Caveat     *string  `json:"caveat"`
	GrantID    string   `json:"grant_id"`
	Delegates  []string `json:"delegates"`
	TokenType  string   `json:"token_type"`
}

func verify(w http.ResponseWriter, r *http.Request) {
	if r.Method == http.MethodGet {
		return
	}
	var asked question
	if err := json.NewDecoder(r.Body).Decode(&asked); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	json.NewEncoder(w).Encode(verdict{
		IsValid: asked.Credential != "", Status: "KEY_STATUS_ACTIVE", Scopes: []string{"payments:*"},
		KeyID: "01890a5d-ac96-774b-bcce-b302099a8057", ActorID: "billing",
		ExpireTime: "2027-01-15T08:00:00Z", Visibility: "KEY_VISIBILITY_SECRET",
		Issuer: "http://127.0.0.1:4420", Audiences: []string{},
		Delegates: []string{}, TokenType: "key",
	})
}

func main() {
	if err := http.ListenAndServe("127.0.0.1:"+os.Args[1], http.HandlerFunc(verify)); err != nil {
		os.Exit(1)
	}
}
