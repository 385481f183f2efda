from mockserver import *
