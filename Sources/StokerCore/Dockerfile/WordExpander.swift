/// Expands words for all values that their variables may have.
struct WordExpander {
    let escape: UInt8
    /// Of bytes that may still be read and made: a hostile Dockerfile ends in "unknown", not in hours.
    private(set) var budget = 64 * 1024 * 1024

    private static let runLimit = 32

    init(escape: UInt8) { self.escape = escape }

    /// Takes from the budget.
    ///
    /// - Returns: `false` when it is used up.
    mutating func spend(_ amount: Int) -> Bool {
        budget -= min(budget, amount)
        return budget > 0
    }

    /// - Returns: Only set values, or unknown.
    mutating func expand(_ word: [UInt8], _ environment: BuildEnvironment) -> PossibleValue {
        guard spend(word.count + 64) else { return .unknown("the Dockerfile is too large to be followed") }
        if WordExpansion.isPlain(word, escape: escape) { return .certain(word) }
        var pending: [[[UInt8]: [UInt8]?]] = [[:]]
        var result: PossibleValue?
        var runs = 0
        while let chosen = pending.popLast() {
            runs += 1
            if runs > WordExpander.runLimit { return .unknown("a word has too many possible values") }
            var expansion = WordExpansion(
                word: word, escape: escape, environment: environment, chosen: chosen, allowance: budget)
            defer { _ = spend(expansion.work) }
            do throws(WordExpansion.Stop) {
                let value = try expansion.run()
                guard spend(value.count + word.count) else {
                    return .unknown("the Dockerfile is too large to be followed")
                }
                result = result?.or(.certain(value)) ?? .certain(value)
            } catch {
                switch error {
                case .unknown(let reason): return .unknown(reason)
                case .choice(let name, let values):
                    for value in values {
                        var choice = chosen
                        choice.updateValue(value, forKey: name)
                        pending.append(choice)
                    }
                }
            }
        }
        return result ?? .unknown("a word has no value")
    }
}
