"""Write-back to the PSA: plans and makes outbound calls, within policy `write-back`, and lists withheld ones."""
