# Completion of livedebug for PowerShell: dot-source this file in $PROFILE. Not run by any test: there is
# no PowerShell where livedebug is built.
#
# Verbs, options and words come from the program's own help, sessions from the profile (the one behind
# -c, if there is one).

Register-ArgumentCompleter -Native -CommandName livedebug, livedebug.exe -ScriptBlock {
    param($word, $ast, $position)

    $words = @($ast.CommandElements | ForEach-Object { $_.ToString() })
    $program = $words[0]
    $at = $words.Count
    if ($word -ne '') { $at-- }
    $offered = @()
    if ($at -le 1) {
        $offered = & $program help 2>$null | ForEach-Object { if ($_ -match '^  ([a-z]+) ') { $Matches[1] } }
    } else {
        $help = @(& $program $words[1] --help 2>$null)
        $usage = "$($help[0])"
        if ($words[$at - 1] -eq '--format') {
            if ($usage -match '--format ([a-z|]+)') { $offered = $Matches[1] -split '\|' }
        } elseif ($words[$at - 1] -eq '--by') {
            $offered = 'module', 'function', 'stack', 'boot', 'hour'
        } elseif ($word -like '-*') {
            $offered = [regex]::Matches(($help -join "`n"), '--[a-z][a-z-]*').Value | Sort-Object -Unique
        } else {
            if ($usage -match ' ([a-z]+(\|[a-z]+)+)($| |\])' -and -not $usage.Contains("--format $($Matches[1])")) {
                $offered = $Matches[1] -split '\|'
            }
            if ($usage -cmatch 'SESSION') {
                $profileAt = [array]::IndexOf($words, '-c')
                $named = @()
                if ($profileAt -ge 0 -and $profileAt + 1 -lt $words.Count) { $named = '-c', $words[$profileAt + 1] }
                $offered += & $program check @named 2>$null | ForEach-Object { ($_ -split ' ')[0] }
            }
        }
    }
    $offered | Where-Object { $_ -like "$word*" } | ForEach-Object {
        [System.Management.Automation.CompletionResult]::new($_, $_, 'ParameterValue', $_)
    }
}
