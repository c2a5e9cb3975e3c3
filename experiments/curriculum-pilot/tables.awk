# From lines "arm fairness seed folder": results.txt (means over seeds, with standard deviations) and curves.tsv (training
# loss against tokens, FLOPs and seconds, means of eight steps, with the row length: stage boundaries show).
function number(line, key,    at, rest) {
    at = index(line, "\"" key "\": ")
    if (!at) return "nan"
    rest = substr(line, at + length(key) + 4)
    sub(/[,}].*/, "", rest)
    return rest == "null" ? "nan" : rest
}
function put(what, x) {
    if (x == "nan") return
    n[what]++; sum[what] += x; squares[what] += x * x
}
function mean(what, format) { return n[what] ? sprintf(format, sum[what] / n[what]) : "-" }
function spread(what, format,    m, v) {
    if (n[what] < 2) return "-"
    m = sum[what] / n[what]; v = (squares[what] - n[what] * m * m) / (n[what] - 1)
    return sprintf(format, sqrt(v > 0 ? v : 0))
}
BEGIN { OFS = "\t"; print "arm", "fairness", "seed", "tokens", "flops", "seconds", "length", "window", "loss" >(out "/curves.tsv") }
{
    id = $1 "/" $2; dir = $4; seconds = 0; k = 0; loss = 0
    while ((getline line < (dir "/timing.jsonl")) > 0) { seconds += number(line, "seconds"); clock[number(line, "step")] = seconds }
    while ((getline line < (dir "/metrics.jsonl")) > 0) {
        x = number(line, "train/loss"); if (x == "nan") continue
        loss += x; k++; step = number(line, "step"); last = line
        if (k == 8) { print $1, $2, $3, number(line, "tokens"), number(line, "flops"), clock[step], number(line, "length"), number(line, "window"), loss / 8 >(out "/curves.tsv"); k = loss = 0 }
    }
    put(id "/seconds", seconds); put(id "/tokens", number(last, "tokens")); put(id "/flops", number(last, "flops")); put(id "/exact", number(last, "flops/exact"))
    summary = ""; while ((getline line < (dir "/summary.json")) > 0) summary = summary line
    put(id "/test", number(summary, "test/loss")); put(id "/copy", number(summary, "test/copy_lag/loss")); put(id "/keyed", number(summary, "test/keyed_records/loss"))
    paired[id, $3] = number(summary, "test/loss")
    put(id "/spike", number(summary, "switch/1/spike")); put(id "/recovery", number(summary, "switch/1/recovery_tokens")); put(id "/deviation", number(summary, "switch/1/deviation"))
    seen[$3] = 1
}
END {
    file = out "/results.txt"; count = split(arms, arm, " ")
    printf "%-10s %-7s %9s %9s %9s %16s %16s %8s %8s %15s %9s %8s\n", "arm", "equal", "tokens", "FLOPs", "exact", "test loss (sd)", "less control", "copy", "keyed", "spike (noise)", "recovery", "seconds" >file
    for (f = 1; f <= 2; f++) for (i = 1; i <= count; i++) {
        fair = f == 1 ? "tokens" : "flops"; id = arm[i] "/" fair
        if (!n[id "/test"]) continue
        for (s in seen) if (((id, s) in paired) && (("constant/tokens", s) in paired)) put(id "/less", paired[id, s] - paired["constant/tokens", s])
        printf "%-10s %-7s %9s %9s %9s %9s %6s %9s %6s %8s %8s %8s %6s %9s %8s\n", arm[i], fair, mean(id "/tokens", "%d"), mean(id "/flops", "%.3e"), mean(id "/exact", "%.3e"), mean(id "/test", "%.4f"), spread(id "/test", "%.4f"), mean(id "/less", "%+.4f"), spread(id "/less", "%.4f"), mean(id "/copy", "%.4f"), mean(id "/keyed", "%.4f"), mean(id "/spike", "%+.3f"), mean(id "/deviation", "%.3f"), mean(id "/recovery", "%d"), mean(id "/seconds", "%.1f") >file
    }
}
