"""The attacker's interval is what counting every table that he cannot rule out gives.

Reference cases: sdcTools/UserSupport, issues 194 and 136; the vignette and the tests of the R
package GaussSuppression (MIT); the cases of releases over time are our own.
"""
